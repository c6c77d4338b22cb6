using System.Buffers.Binary;
using System.Numerics;

namespace Ccr.Protocol.Messages;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
public static class Crc32C
{
    /// <summary>The checksum of octets.</summary>
    public static uint Of(ReadOnlySpan<byte> octets)
    {
        uint crc = uint.MaxValue;
        while (octets.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        foreach (byte octet in octets)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        return ~crc;
    }
}
