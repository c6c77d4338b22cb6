using System.Runtime.InteropServices;

namespace Ccr.Artemis;

/// <summary>Octets that pages are taken from; more than a span can hold.</summary>
internal interface IPageMemory
{
    /// <summary>Some octets of it; at most <see cref="SegmentDraft.RunPagesMax"/> pages.</summary>
    ReadOnlySpan<byte> At(long offset, int length);
}

/// <summary>
/// A segment that is being written: bodies go out as they come, each content once; then head, table, files' part and
/// trailer. Until it has its final name nothing of it counts.
/// </summary>
internal sealed class SegmentDraft : IDisposable
{
    internal const int RunPagesMax = 4096;
    private const int Page = WireWords.PageOctets;

    private readonly SegmentStore _store;
    private readonly string _draft;
    private readonly IStoreFile _file;
    private readonly Dictionary<UInt128, PagePlace> _fresh = [];
    private readonly byte[] _compare = new byte[Page];
    private long _end = Page;
    private bool _finished;

    internal SegmentDraft(SegmentStore store, IStoreFolder folder, long id)
    {
        _store = store;
        Folder = folder;
        Id = id;
        _draft = $"{id:D10}{SegmentFile.DraftEnding}";
        _file = folder.Create(_draft);
        byte[] first = new byte[Page];
        MemoryMarshal.Write(first, SegmentFooter.Magic);
        MemoryMarshal.Write(first.AsSpan(8), id);
        _file.WriteAt(0, first);
    }

    internal long Id { get; }

    internal List<PageEntry> Table { get; } = [];

    internal List<FileVersion> Files { get; } = [];

    /// <summary>The most octets that the bodies may have.</summary>
    internal long LengthMax { get; init; } = long.MaxValue;

    /// <summary>The bodies that were new, not met before anywhere.</summary>
    internal IReadOnlyDictionary<UInt128, PagePlace> Fresh => _fresh;

    private IStoreFolder Folder { get; }

    /// <summary>
    /// Takes changed pages of memory; those that are as they were at the previous checkpoint are dropped.
    /// </summary>
    /// <param name="memory">Where the pages lie, one after the other.</param>
    /// <param name="offset">Of the first.</param>
    /// <param name="dirty">Their addresses.</param>
    /// <param name="before">The previous checkpoint, or null when nothing is built on.</param>
    internal void AddPages(IPageMemory memory, long offset, ReadOnlySpan<PageRun> dirty, CheckpointImage? before)
    {
        BodyRun run = new(memory, offset);
        foreach (PageRun addresses in dirty)
        {
            for (ulong address = addresses.Start; address < addresses.End; address += Page, offset += Page)
            {
                ReadOnlySpan<byte> page = memory.At(offset, Page);
                PageEntry? known = before is not null && before.Pages.TryGetValue(address, out PageEntry e) ? e : null;
                if (Sorted(page, address, known, ref run, offset) is { } entry)
                {
                    Table.Add(entry);
                }
            }
        }

        Flush(ref run);
    }

    /// <summary>Takes one page by value; null: it is as it was before.</summary>
    internal PageEntry? Add(ReadOnlySpan<byte> page, ulong address, PageEntry? before)
    {
        BodyRun none = default;
        return Sorted(page, address, before, ref none, 0);
    }

    /// <summary>Writes a page as a body of this segment, whatever is known of it elsewhere.</summary>
    internal PagePlace Copy(ReadOnlySpan<byte> page, UInt128 hash)
    {
        PagePlace place = new(Id, _end);
        _file.WriteAt(_end, page);
        _end += Page;
        _fresh[hash] = place;
        return place;
    }

    /// <summary>Completes the segment: durable, and under its final name, when this returns.</summary>
    internal (SegmentFile File, SegmentParts Parts) Finish(
        SegmentKind kind, long number, long previous, ReadOnlySpan<byte> head)
    {
        byte[] table = PageTable.ToOctets(Table);
        byte[] files = FileVersion.WriteAll(Files);
        byte[] all = [.. head, .. table, .. files];
        SegmentFooter footer = new()
        {
            Kind = kind,
            Id = Id,
            Number = number,
            Previous = previous,
            HeadOffset = _end,
            HeadLength = head.Length,
            TableOffset = _end + head.Length,
            TableCount = Table.Count,
            FilesOffset = _end + head.Length + table.Length,
            FilesLength = files.Length,
            BodiesCount = (_end / Page) - 1,
            RootHash = PageHash.Of(all),
        };
        _file.WriteAt(_end, all);
        _file.WriteAt(_end + all.Length, footer.ToOctets());
        _file.Force();
        Folder.Rename(_draft, SegmentFile.NameOf(Id));
        Folder.Force();
        SegmentParts parts = new(footer, all[..head.Length], [.. Table], [.. Files]);
        _finished = true;
        return (SegmentFile.Written(SegmentFile.NameOf(Id), _file, parts), parts);
    }

    /// <summary>Throws away what is not finished.</summary>
    public void Dispose()
    {
        if (!_finished)
        {
            _finished = true;
            _file.Dispose();
            Folder.Remove(_draft);
        }
    }

    private PageEntry? Sorted(
        ReadOnlySpan<byte> page, ulong address, PageEntry? before, ref BodyRun run, long offset)
    {
        if (!page.ContainsAnyExcept((byte)0))
        {
            return before is { Place.IsZero: true } ? null : new PageEntry(address, 0, PagePlace.Zero);
        }

        UInt128 hash = PageHash.Of(page);
        if (before is { } old && old.Hash == hash && !old.Place.IsZero && Holds(old.Place, page, ref run))
        {
            return null;
        }

        if ((_fresh.TryGetValue(hash, out PagePlace place) || _store.TryFind(hash, out place))
            && Holds(place, page, ref run))
        {
            return new PageEntry(address, hash, place);
        }

        if (_end + Page > LengthMax)
        {
            throw new StoreFullException($"it would hold more than {LengthMax} octets of new pages");
        }

        place = new PagePlace(Id, _end);
        if (run.Memory is null)
        {
            _file.WriteAt(_end, page);
            _end += Page;
        }
        else
        {
            Extend(ref run, offset);
        }

        _fresh[hash] = place;
        return new PageEntry(address, hash, place);
    }

    /// <summary>
    /// A hit is compared, not believed: other content of the same hash, or a damaged body, is no hit.
    /// </summary>
    private bool Holds(PagePlace place, ReadOnlySpan<byte> page, ref BodyRun run)
    {
        if (place.File == Id)
        {
            Flush(ref run);
            _file.ReadAt(place.Offset, _compare);
            return page.SequenceEqual(_compare);
        }

        return _store.TryRead(place, _compare) && page.SequenceEqual(_compare);
    }

    private void Extend(ref BodyRun run, long offset)
    {
        if (run.Pages == RunPagesMax || (run.Pages > 0 && run.Offset + ((long)run.Pages * Page) != offset))
        {
            Flush(ref run);
        }

        if (run.Pages == 0)
        {
            run.Offset = offset;
            run.WrittenAt = _end;
        }

        run.Pages++;
        _end += Page;
    }

    private void Flush(ref BodyRun run)
    {
        if (run.Pages > 0)
        {
            _file.WriteAt(run.WrittenAt, run.Memory.At(run.Offset, run.Pages * Page));
            run.Pages = 0;
        }
    }

    /// <summary>New bodies that lie one after the other where they come from: written in one go.</summary>
    private struct BodyRun(IPageMemory memory, long offset)
    {
        internal readonly IPageMemory Memory = memory;
        internal long Offset = offset;
        internal long WrittenAt;
        internal int Pages;
    }
}
