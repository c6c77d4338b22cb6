using System.Runtime.CompilerServices;
using System.Text;

namespace Ccr.Artemis;

/// <summary>Which file: names change, these do not.</summary>
internal readonly record struct FileKey(ulong Device, ulong Inode);

/// <summary>
/// One file at one checkpoint: what it is, and the blocks of it (a page each, the last one filled with zeros) that
/// differ from those at the previous checkpoint.
/// </summary>
internal sealed record FileVersion
{
    internal required FileKey Key { get; init; }

    internal required string Path { get; init; }

    internal required long Size { get; init; }

    /// <summary>The kernel's time of change (ctime), which no program can set.</summary>
    internal required long ChangedNs { get; init; }

    /// <summary>When it was looked at, by the same clock.</summary>
    internal required long CapturedAtNs { get; init; }

    internal required uint Mode { get; init; }

    internal required CaptureFlags Flags { get; init; }

    /// <summary>1 + the index in SECTION_CAPTURES, or 0: the program does not hold it open at the moment.</summary>
    internal required int Capture { get; init; }

    internal required PageEntry[] Changed { get; init; }

    internal static int BlocksOf(long size) => (int)((size + WireWords.PageOctets - 1) / WireWords.PageOctets);

    internal static FileVersion[] ReadAll(ReadOnlySpan<byte> octets)
    {
        using BinaryReader reader = new(new MemoryStream(octets.ToArray()), Encoding.UTF8);
        FileVersion[] all = new FileVersion[octets.Length == 0 ? 0 : reader.ReadInt32()];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = Read(reader);
        }

        return all;
    }

    internal static byte[] WriteAll(IReadOnlyList<FileVersion> versions)
    {
        MemoryStream octets = new();
        using BinaryWriter writer = new(octets, Encoding.UTF8);
        writer.Write(versions.Count);
        foreach (FileVersion version in versions)
        {
            version.Write(writer);
        }

        return octets.ToArray();
    }

    private static FileVersion Read(BinaryReader reader) => new()
    {
        Key = new FileKey(reader.ReadUInt64(), reader.ReadUInt64()),
        Size = reader.ReadInt64(),
        ChangedNs = reader.ReadInt64(),
        CapturedAtNs = reader.ReadInt64(),
        Mode = reader.ReadUInt32(),
        Flags = (CaptureFlags)reader.ReadUInt32(),
        Capture = reader.ReadInt32(),
        Path = Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadInt32())),
        Changed = PageTable.Read(reader.ReadBytes(reader.ReadInt32() * PageEntry.Octets)),
    };

    private void Write(BinaryWriter writer)
    {
        writer.Write(Key.Device);
        writer.Write(Key.Inode);
        writer.Write(Size);
        writer.Write(ChangedNs);
        writer.Write(CapturedAtNs);
        writer.Write(Mode);
        writer.Write((uint)Flags);
        writer.Write(Capture);
        byte[] path = Encoding.UTF8.GetBytes(Path);
        writer.Write(path.Length);
        writer.Write(path);
        writer.Write(Changed.Length);
        writer.Write(PageTable.ToOctets(Changed));
    }
}

/// <summary>A page table in octets.</summary>
internal static class PageTable
{
    /// <summary>Runs once, over hundreds of thousands of lines: there is no time to be compiled better later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static PageEntry[] Read(ReadOnlySpan<byte> octets)
    {
        PageEntry[] entries = new PageEntry[octets.Length / PageEntry.Octets];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = PageEntry.Read(octets[(i * PageEntry.Octets)..]);
        }

        return entries;
    }

    internal static byte[] ToOctets(IReadOnlyList<PageEntry> entries)
    {
        byte[] octets = new byte[entries.Count * PageEntry.Octets];
        for (int i = 0; i < entries.Count; i++)
        {
            entries[i].Write(octets.AsSpan(i * PageEntry.Octets));
        }

        return octets;
    }
}
