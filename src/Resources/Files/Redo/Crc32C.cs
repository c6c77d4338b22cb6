using System.Buffers.Binary;
using System.Numerics;

namespace Ccr.Resources.Files.Redo;

/// <summary>CRC-32C over octets.</summary>
internal static class Crc32C
{
    internal static uint Of(ReadOnlySpan<byte> octets)
    {
        uint crc = uint.MaxValue;
        while (octets.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        foreach (byte b in octets)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
