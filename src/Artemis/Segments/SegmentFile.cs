using System.Runtime.CompilerServices;

namespace Ccr.Artemis;

/// <summary>The parts of a segment besides its bodies.</summary>
internal sealed record SegmentParts(SegmentFooter Footer, byte[] Head, PageEntry[] Table, FileVersion[] Files);

/// <summary>A segment on the disk: immutable.</summary>
internal sealed class SegmentFile : IDisposable
{
    internal const string Ending = ".segment";
    internal const string DraftEnding = ".draft";
    private readonly IStoreFile _file;
    private SegmentParts? _parts;

    private SegmentFile(string name, IStoreFile file, SegmentFooter footer, IReadOnlySet<long> references)
    {
        Name = name;
        _file = file;
        Footer = footer;
        References = references;
        Length = file.Length;
    }

    internal string Name { get; }

    internal SegmentFooter Footer { get; }

    internal long Length { get; }

    /// <summary>The segments whose bodies the tables of this one name, itself included.</summary>
    internal IReadOnlySet<long> References { get; }

    internal static string NameOf(long id) => $"{id:D10}{Ending}";

    /// <summary>Opens a segment and reads its parts.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static SegmentFile Open(IStoreFolder folder, string name)
    {
        IStoreFile file = folder.Open(name);
        try
        {
            SegmentParts parts = ReadParts(file, name);
            return new SegmentFile(name, file, parts.Footer, ReferencesOf(parts)) { _parts = parts };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A segment that was just written.</summary>
    internal static SegmentFile Written(string name, IStoreFile file, SegmentParts parts) =>
        new(name, file, parts.Footer, ReferencesOf(parts));

    /// <summary>The parts as they were when the segment was opened; else read again, and checked.</summary>
    internal SegmentParts ReadParts() => _parts ?? ReadParts(_file, Name);

    /// <summary>From now on the parts are read when they are wanted.</summary>
    internal void LetGoOfParts() => _parts = null;

    /// <summary>Reads bodies: whole pages.</summary>
    internal void ReadBodies(long offset, Span<byte> pages) => _file.ReadAt(offset, pages);

    public void Dispose() => _file.Dispose();

    private static SegmentParts ReadParts(IStoreFile file, string name)
    {
        long length = file.Length;
        if (length < WireWords.PageOctets + SegmentFooter.Octets)
        {
            throw new InvalidDataException($"The segment '{name}' of {length} octets is too short: it was cut.");
        }

        byte[] trailer = new byte[SegmentFooter.Octets];
        file.ReadAt(length - trailer.Length, trailer);
        SegmentFooter footer = SegmentFooter.Read(trailer, name);
        if (footer.FilesOffset + footer.FilesLength + trailer.Length != length || footer.PartsLength > int.MaxValue)
        {
            throw new InvalidDataException($"The segment '{name}' is damaged: its parts do not fit its length.");
        }

        byte[] parts = new byte[footer.PartsLength];
        file.ReadAt(footer.HeadOffset, parts);
        if (PageHash.Of(parts) != footer.RootHash)
        {
            throw new InvalidDataException($"The segment '{name}' is damaged: its head or its tables have changed.");
        }

        int table = (int)(footer.TableOffset - footer.HeadOffset);
        return new SegmentParts(
            footer,
            parts[..(int)footer.HeadLength],
            PageTable.Read(parts.AsSpan(table, (int)footer.TableCount * PageEntry.Octets)),
            FileVersion.ReadAll(parts.AsSpan((int)(footer.FilesOffset - footer.HeadOffset))));
    }

    private static HashSet<long> ReferencesOf(SegmentParts parts)
    {
        HashSet<long> ids = [parts.Footer.Id];
        AddReferences(ids, parts.Table);
        foreach (FileVersion file in parts.Files)
        {
            AddReferences(ids, file.Changed);
        }

        ids.Remove(0);
        return ids;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddReferences(HashSet<long> ids, PageEntry[] entries)
    {
        long last = 0;
        foreach (ref readonly PageEntry entry in entries.AsSpan())
        {
            if (entry.Place.File != last)
            {
                ids.Add(last = entry.Place.File);
            }
        }
    }
}
