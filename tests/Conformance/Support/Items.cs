using System.Buffers.Binary;

namespace Ccr.Conformance.Support;

/// <summary>Files of items, each four octets of length and so many octets.</summary>
internal static class Items
{
    internal static void Write(string path, IEnumerable<byte[]> items)
    {
        using FileStream file = File.Create(path);
        Span<byte> length = stackalloc byte[4];
        foreach (byte[] item in items)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, item.Length);
            file.Write(length);
            file.Write(item);
        }
    }

    internal static IReadOnlyList<byte[]> Read(string path)
    {
        List<byte[]> items = [];
        ReadOnlySpan<byte> octets = File.ReadAllBytes(path);
        while (!octets.IsEmpty)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(octets);
            items.Add(octets.Slice(4, length).ToArray());
            octets = octets[(4 + length)..];
        }

        return items;
    }
}
