namespace Ccr.Artemis;

/// <summary>One checkpoint of a group, for people.</summary>
/// <param name="Number">When it was taken, in the group's own count.</param>
/// <param name="Status">What it has come to.</param>
/// <param name="Action">The action, where the journal has it.</param>
/// <param name="Figures">What it cost.</param>
/// <param name="IsNext">True for the one that a restart would take.</param>
public sealed record CheckpointReport(
    long Number, CheckpointStatus Status, string? Action, CheckpointFigures Figures, bool IsNext);

/// <summary>A group, as it lies on the disk. Making one changes nothing there.</summary>
/// <param name="Name">The group.</param>
/// <param name="Program">The program's process, or null.</param>
/// <param name="Server">The process that serves it, or null.</param>
/// <param name="Octets">What its segments have on the disk.</param>
/// <param name="Checkpoints">The checkpoints, the oldest first.</param>
public sealed record GroupReport(
    string Name, int? Program, int? Server, long Octets, IReadOnlyList<CheckpointReport> Checkpoints)
{
    /// <summary>Reads a group, whether it is served or not.</summary>
    /// <exception cref="InvalidDataException">Its journal is damaged.</exception>
    public static GroupReport Read(GroupFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        GroupState state = new();
        foreach (JournalRecord record in GroupJournal.Peek(new DiskFolder(folder.Root)))
        {
            state.Apply(record);
        }

        long next = state.Candidates.LastOrDefault()?.Number ?? 0;
        long octets = Directory.Exists(folder.Segments)
            ? OctetsOf(new DirectoryInfo(folder.Segments).EnumerateFiles("*" + SegmentFile.Ending))
            : 0;
        return new GroupReport(
            folder.Name, folder.Member, folder.Server, octets,
            [.. state.Checkpoints.Select(c => new CheckpointReport(
                c.Number, c.Status, c.Action?.ToString(), c.Figures, c.Number == next))]);
    }

    /// <summary>What files have together: one that whoever serves the group has folded meanwhile has nothing.</summary>
    internal static long OctetsOf(IEnumerable<FileInfo> segments) => segments.Sum(file =>
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    });
}

/// <summary>What a check of all hashes of a group found.</summary>
/// <param name="Octets">How much was read.</param>
/// <param name="Damaged">Pages that are not what they were.</param>
/// <param name="Segments">Segments that cannot be read at all, in words.</param>
/// <param name="Lost">Checkpoints that cannot be restarted from because of that.</param>
public sealed record VerifyReport(
    long Octets, IReadOnlyList<DamagedPage> Damaged, IReadOnlyList<string> Segments, IReadOnlyList<long> Lost)
{
    /// <summary>True when everything is as it was written.</summary>
    public bool IsWhole => Damaged.Count == 0 && Segments.Count == 0 && Lost.Count == 0;

    /// <summary>Checks every hash that a committed checkpoint of a group needs, end to end.</summary>
    /// <param name="folder">The group; nobody may be serving it.</param>
    /// <param name="progress">Told octets that were checked.</param>
    /// <param name="cancellation">Ends it.</param>
    public static VerifyReport Run(GroupFolder folder, Action<long>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(folder);
        GroupState state = new();
        foreach (JournalRecord record in GroupJournal.Peek(new DiskFolder(folder.Root)))
        {
            state.Apply(record);
        }

        using SegmentStore segments = SegmentStore.Open(new DiskFolder(folder.Segments), readOnly: true);
        Dictionary<long, PageEntry[]> entries = [];
        List<long> lost = [];
        foreach (CheckpointRecord one in state.Checkpoints.Where(c => c.Status == CheckpointStatus.Committed))
        {
            try
            {
                CheckpointImage image = segments.ImageOf(one.Number);
                entries[one.Number] = [.. image.InOrder(), .. image.Files.Values.SelectMany(f => f.Blocks)];
            }
            catch (InvalidDataException)
            {
                lost.Add(one.Number);
            }
        }

        long octets = 0;
        IReadOnlyList<DamagedPage> damaged = PageCheck.Run(
            [[.. entries.Values.SelectMany(e => e).DistinctBy(e => (e.Place, e.Hash))]], segments,
            part =>
            {
                long now = Interlocked.Add(ref octets, part);
                progress?.Invoke(now);
            },
            cancellation);
        HashSet<(string, long)> bad = [.. damaged.Select(d => (d.Segment, d.Offset))];
        lost.AddRange(entries.Where(e => e.Value.Any(
            p => bad.Contains((SegmentFile.NameOf(p.Place.File), p.Place.Offset)))).Select(e => e.Key));
        return new VerifyReport(octets, damaged, [.. segments.Damaged.Values], [.. lost.Order()]);
    }
}
