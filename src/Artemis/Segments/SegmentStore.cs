namespace Ccr.Artemis;

/// <summary>
/// The segments of a group, and the index of all bodies by hash. One checkpoint is written at a time; bodies may be
/// read, and a base be written, meanwhile.
/// </summary>
internal sealed class SegmentStore : IDisposable
{
    private readonly Lock _lock = new();
    private readonly IStoreFolder _folder;
    private readonly SortedDictionary<long, SegmentFile> _files = [];
    private readonly Dictionary<long, string> _damaged = [];
    private readonly Dictionary<long, SegmentFile> _newest = [];
    private Dictionary<UInt128, PagePlace>? _index; // made when first asked for: a restart needs none
    private long _lastId;

    private SegmentStore(IStoreFolder folder) => _folder = folder;

    /// <summary>Opens what is there; drafts that a crash left are removed, unless nothing may be changed.</summary>
    internal static SegmentStore Open(IStoreFolder folder, bool readOnly = false)
    {
        SegmentStore store = new(folder);
        try
        {
            foreach (string name in folder.List())
            {
                store.Meet(name, readOnly);
            }

            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Octets of all segments.</summary>
    internal long OctetsOnDisk
    {
        get
        {
            lock (_lock)
            {
                return _files.Values.Sum(file => file.Length);
            }
        }
    }

    /// <summary>The segments, in the order in which they were written.</summary>
    internal IReadOnlyList<SegmentFile> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _files.Values];
            }
        }
    }

    /// <summary>What is wrong with segments that cannot be used, by identifier.</summary>
    internal IReadOnlyDictionary<long, string> Damaged => _damaged;

    /// <summary>The newest segment of a checkpoint: its base, where it was folded.</summary>
    internal SegmentFile? Of(long number)
    {
        lock (_lock)
        {
            return _newest.GetValueOrDefault(number);
        }
    }

    internal SegmentFile? ById(long id)
    {
        lock (_lock)
        {
            return _files.GetValueOrDefault(id);
        }
    }

    /// <summary>Begins to write a segment.</summary>
    internal SegmentDraft Begin(long lengthMax = long.MaxValue)
    {
        long id;
        lock (_lock)
        {
            id = ++_lastId;
        }

        return new SegmentDraft(this, _folder, id) { LengthMax = lengthMax };
    }

    /// <summary>A finished segment counts from now on.</summary>
    internal void Add(SegmentFile file, IReadOnlyDictionary<UInt128, PagePlace> bodies)
    {
        lock (_lock)
        {
            Keep(file.Footer.Id, file);
            if (_index is { } index)
            {
                foreach ((UInt128 hash, PagePlace place) in bodies)
                {
                    index[hash] = place;
                }
            }
        }
    }

    internal bool TryFind(UInt128 hash, out PagePlace place)
    {
        lock (_lock)
        {
            return (_index ??= MakeIndex()).TryGetValue(hash, out place);
        }
    }

    /// <summary>Reads a body; false where its segment is gone or cannot be read.</summary>
    internal bool TryRead(PagePlace place, Span<byte> page)
    {
        if (ById(place.File) is not { } file)
        {
            return false;
        }

        try
        {
            file.ReadBodies(place.Offset, page);
            return true;
        }
        catch (IOException)
        {
            return false; // as good as gone: the page is stored once more
        }
    }

    /// <summary>The chain of a checkpoint, the oldest first.</summary>
    /// <exception cref="InvalidDataException">A segment of it is missing or damaged; the message names it.</exception>
    internal IReadOnlyList<SegmentFile> ChainOf(long number)
    {
        List<SegmentFile> chain = [];
        for (long at = number; at != 0;)
        {
            SegmentFile file = Of(at) ?? throw new InvalidDataException(
                $"Checkpoint {number} cannot be restarted from: the segment of checkpoint {at}, on which it builds, is "
                + (_damaged.Count == 0 ? "missing." : $"damaged or missing. {string.Join(' ', _damaged.Values)}"));
            chain.Add(file);
            at = file.Footer.Kind == SegmentKind.Base ? 0 : file.Footer.Previous;
        }

        chain.Reverse();
        return chain;
    }

    /// <summary>Everything that a checkpoint holds.</summary>
    internal CheckpointImage ImageOf(long number)
    {
        CheckpointImage image = new();
        foreach (SegmentFile file in ChainOf(number))
        {
            image.Apply(file.ReadParts());
        }

        return image;
    }

    /// <summary>Removes segments, which nothing needs any more.</summary>
    internal void Remove(IReadOnlyCollection<long> ids)
    {
        List<SegmentFile> gone = [];
        lock (_lock)
        {
            foreach (long id in ids)
            {
                if (_files.Remove(id, out SegmentFile? file))
                {
                    gone.Add(file);
                }
            }

            _newest.Clear();
            foreach (SegmentFile file in _files.Values)
            {
                _newest[file.Footer.Number] = file;
            }

            if (_index is { } index)
            {
                HashSet<long> without = [.. ids];
                List<UInt128> hashes = [.. index.Where(b => without.Contains(b.Value.File)).Select(b => b.Key)];
                hashes.ForEach(hash => index.Remove(hash));
            }
        }

        foreach (SegmentFile file in gone)
        {
            file.Dispose();
            _folder.Remove(file.Name);
        }

        _folder.Force();
    }

    public void Dispose()
    {
        foreach (SegmentFile file in _files.Values)
        {
            file.Dispose();
        }

        _folder.Dispose();
    }

    private void Meet(string name, bool readOnly)
    {
        if (name.EndsWith(SegmentFile.DraftEnding, StringComparison.Ordinal))
        {
            if (!readOnly)
            {
                _folder.Remove(name);
            }

            return;
        }

        if (!name.EndsWith(SegmentFile.Ending, StringComparison.Ordinal)
            || !long.TryParse(name.AsSpan(0, name.Length - SegmentFile.Ending.Length), out long id))
        {
            return;
        }

        _lastId = Math.Max(_lastId, id);
        try
        {
            Keep(id, SegmentFile.Open(_folder, name));
        }
        catch (InvalidDataException damage)
        {
            _damaged.Add(id, damage.Message);
        }
    }

    private void Keep(long id, SegmentFile file)
    {
        _files.Add(id, file);
        if (!_newest.TryGetValue(file.Footer.Number, out SegmentFile? other) || other.Footer.Id < file.Footer.Id)
        {
            _newest[file.Footer.Number] = file;
        }
    }

    private Dictionary<UInt128, PagePlace> MakeIndex()
    {
        Dictionary<UInt128, PagePlace> index = new((int)_files.Values.Sum(file => file.Footer.BodiesCount));
        foreach (SegmentFile file in _files.Values)
        {
            try
            {
                SegmentParts parts = file.ReadParts();
                Index(index, file.Footer.Id, parts.Table);
                parts.Files.ToList().ForEach(one => Index(index, file.Footer.Id, one.Changed));
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                // As good as gone since it was opened: its pages are stored once more.
            }

            file.LetGoOfParts();
        }

        return index;
    }

    private static void Index(Dictionary<UInt128, PagePlace> index, long id, PageEntry[] entries)
    {
        foreach (PageEntry entry in entries)
        {
            if (entry.Place.File == id)
            {
                index[entry.Hash] = entry.Place;
            }
        }
    }
}
