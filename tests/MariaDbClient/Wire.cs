using System.Buffers.Binary;

namespace Ccr.MariaDbClient;

/// <summary>Length-encoded integers.</summary>
internal static class Wire
{
    public static long Length(ReadOnlySpan<byte> packet, out int octets)
    {
        octets = packet[0] switch { 0xFC => 3, 0xFD => 4, 0xFE => 9, _ => 1 };
        return octets switch
        {
            1 => packet[0],
            3 => BinaryPrimitives.ReadUInt16LittleEndian(packet[1..]),
            4 => packet[1] | (packet[2] << 8) | (packet[3] << 16),
            _ => BinaryPrimitives.ReadInt64LittleEndian(packet[1..]),
        };
    }
}
