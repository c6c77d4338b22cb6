using Ccr.Hostile.Fuzzing;
using Ccr.Protocol.Ber;

namespace Ccr.Hostile.Properties;

/// <summary>A message with one of its elements many times over, all lengths around it right.</summary>
internal static class Repetition
{
    public static byte[] Of(Entry entry, int repeated, int octets)
    {
        Element element = entry.Elements[repeated];
        int times = int.Max(2, octets / (element.End - element.Start));
        BerWriter writer = new(octets + 1_024);
        Write(writer, entry, -1, repeated, times);
        return writer.Written.ToArray();
    }

    private static void Write(BerWriter writer, Entry entry, int parent, int repeated, int times)
    {
        for (int i = 0; i < entry.Elements.Length; i++)
        {
            if (entry.Elements[i].Parent == parent)
            {
                for (int n = i == repeated ? times : 1; n > 0; n--)
                {
                    WriteOne(writer, entry, i, repeated, times);
                }
            }
        }
    }

    private static void WriteOne(BerWriter writer, Entry entry, int number, int repeated, int times)
    {
        Element element = entry.Elements[number];
        ReadOnlySpan<byte> octets = entry.Octets.AsSpan(element.Start, element.End - element.Start);
        if (!Holds(entry, number, repeated))
        {
            writer.WriteRaw(octets);
            return;
        }

        BerWriter content = new(octets.Length);
        Write(content, entry, number, repeated, times);
        int tagOctets = 1;
        while ((octets[0] & 0x1F) == 0x1F && octets[tagOctets++] >= 0x80)
        {
            // The tag's number goes on.
        }

        writer.WriteRaw(octets[..tagOctets]);
        int length = content.Length;
        writer.WriteRaw([0x84, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
        writer.WriteRaw(content.Written);
    }

    private static bool Holds(Entry entry, int number, int inner)
    {
        for (int i = entry.Elements[inner].Parent; i >= 0; i = entry.Elements[i].Parent)
        {
            if (i == number)
            {
                return true;
            }
        }

        return false;
    }
}
