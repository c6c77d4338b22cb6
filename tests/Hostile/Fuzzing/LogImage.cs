using System.Buffers.Binary;

namespace Ccr.Hostile.Fuzzing;

/// <summary>A segment as the log's container writes it: entries from octet 64 on, each behind its length.</summary>
internal static class LogImage
{
    private const int FirstAddress = 64;
    private const int PageOctets = 1_024;
    private const int LengthOctets = 4;

    public static byte[] Of(IEnumerable<byte[]> records)
    {
        byte[] image = new byte[2 * PageOctets];
        int at = FirstAddress;
        foreach (byte[] record in records)
        {
            int next = at + LengthOctets + ((record.Length + 3) & ~3);
            if (next <= PageOctets)
            {
                BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at), record.Length);
                record.CopyTo(image, at + LengthOctets);
                at = next;
            }
        }

        return image[..at];
    }
}
