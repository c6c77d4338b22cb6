namespace Ccr.Artemis.Tests.Support;

/// <summary>A group's store over a disk in memory, with a program to take checkpoints of, and what each held.</summary>
internal sealed class StoreBench : IDisposable
{
    private readonly MemoryFolder _folder;
    private readonly MemoryFolder _segments;

    internal StoreBench(int seed, GroupSettings? settings = null)
    {
        Settings = settings ?? new GroupSettings { ChainMax = 3 };
        MemoryFolder.Steps steps = new();
        _folder = new MemoryFolder(seed) { Count = steps };
        _segments = new MemoryFolder(seed + 1) { Count = steps };
        Steps = steps;
        Program = new FakeProgram(seed);
        Store = GroupStore.Open(_folder, _segments, Settings);
    }

    internal GroupSettings Settings { get; }

    internal MemoryFolder.Steps Steps { get; }

    internal MemoryFolder Segments => _segments;

    internal FakeProgram Program { get; }

    internal GroupStore Store { get; private set; }

    /// <summary>What the memory was at each checkpoint that was stored.</summary>
    internal Dictionary<long, SortedDictionary<ulong, byte[]>> Memories { get; } = [];

    /// <summary>Those whose commit was noted.</summary>
    internal HashSet<long> Committed { get; } = [];

    /// <summary>Takes a checkpoint and ends it.</summary>
    internal long Take(bool commit)
    {
        long number = Store.NextNumber();
        bool full = Store.Live is null;
        SortedDictionary<ulong, byte[]> memory = Program.Snapshot();
        byte[] slab = Program.TakeSlab(number, full);
        Memories[number] = memory;
        Taken taken = Store.Store(new StoredCheckpoint
        {
            Number = number,
            Head = new SlabView(slab).Octets.ToArray(),
            Pages = new ArrayMemory(slab),
            Figures = new CheckpointFigures(1, 2, 3, 0, 1, full),
        });
        Store.Note(taken, commit ? new CommittedNow(number) : new RolledBackNow(number));
        if (commit)
        {
            Committed.Add(number);
        }

        return number;
    }

    /// <summary>The process of the server ends and begins again; the program's memory is taken to be lost.</summary>
    internal void Reopen()
    {
        Store = GroupStore.Open(_folder, _segments, Settings);
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
        _segments.Dispose();
    }

    /// <summary>The machine crashed, and comes back.</summary>
    internal void ComeBack()
    {
        _folder.ComeBack();
        _segments.ComeBack();
        Reopen();
    }

    /// <summary>Every checkpoint that the state calls committed holds what the memory was.</summary>
    internal void AllHold()
    {
        foreach (CheckpointRecord one in Store.Read(state => state.Checkpoints.ToArray()))
        {
            Holds(one.Number);
        }
    }

    internal void Holds(long number)
    {
        CheckpointImage image = Store.Segments.ImageOf(number);
        SortedDictionary<ulong, byte[]> expected = Memories[number];
        Assert.Equal(expected.Keys, Addresses(image.Populated));
        foreach ((ulong address, byte[] page) in expected)
        {
            Assert.Equal(page, PageOf(image, address));
        }
    }

    private byte[] PageOf(CheckpointImage image, ulong address)
    {
        byte[] page = new byte[WireWords.PageOctets];
        if (image.Pages.TryGetValue(address, out PageEntry entry) && !entry.Place.IsZero)
        {
            Assert.True(Store.Segments.TryRead(entry.Place, page));
            Assert.Equal(entry.Hash, PageHash.Of(page));
        }

        return page;
    }

    private static IEnumerable<ulong> Addresses(PageRun[] runs) => runs.SelectMany(
        run => Enumerable.Range(0, (int)run.Pages).Select(i => run.Start + ((ulong)i * WireWords.PageOctets)));
}
