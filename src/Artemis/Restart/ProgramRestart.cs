namespace Ccr.Artemis;

/// <summary>How a program is started again.</summary>
public sealed record RestartRequest
{
    /// <summary>The checkpoint; null: the highest taken among the committed (SEM-21).</summary>
    public long? At { get; init; }

    /// <summary>Starts the program; its task ends when the program, or its launcher, has ended.</summary>
    public required Func<RestartLaunch, Task<int>> Launch { get; init; }

    /// <summary>Told what is waited for, and what is done.</summary>
    public Action<string> Tell { get; init; } = static _ => { };

    /// <summary>Told octets that were checked, and all octets there are to check.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>False only for tests that show what happens without.</summary>
    internal bool RestoresFiles { get; init; } = true;
}

/// <summary>What a restart did.</summary>
/// <param name="Number">The checkpoint.</param>
/// <param name="Pages">Pages that it has.</param>
/// <param name="Files">Files that were put back.</param>
/// <param name="Ended">Ends with the program.</param>
public sealed record RestartReport(long Number, long Pages, int Files, Task<int> Ended);

/// <summary>
/// One restart: settles what is in doubt, chooses, checks every page before anything is touched, puts files back,
/// writes the plan, and starts the program.
/// </summary>
internal sealed class ProgramRestart(
    CheckpointServerOptions options, GroupStore store, MemberGate gate, RestartRequest request)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WordsPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5);

    internal async Task<RestartReport> RunAsync(CancellationToken cancellation)
    {
        await AwaitEndAsync(cancellation).ConfigureAwait(false);
        await SettleAsync(cancellation).ConfigureAwait(false);
        using IDisposable still = store.HoldFolding(); // the plan names segments by their paths
        long number = Choose();
        try
        {
            CheckpointImage image = store.Segments.ImageOf(number);
            PageEntry[] pages = image.InOrder();
            byte[] head = store.Segments.Of(number)!.ReadParts().Head;
            Check(number, image, pages, cancellation);
            Dictionary<int, string> files = request.RestoresFiles ? RestoreFiles(number, image) : [];
            PlanWriter.Write(
                options.Folder.Plan, head, pages, store.Segments, options.Folder.Segments, files);
            Task<int> ended = await StartAsync(number, image, new SlabView(head).Head.MonotonicNs, cancellation)
                .ConfigureAwait(false);
            return new RestartReport(number, image.Pages.Count, image.Files.Count, ended);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new CheckpointFailedException(e.Message + Others(number), e);
        }
    }

    /// <summary>What was killed a moment ago writes its files until the last thread is gone.</summary>
    private async Task AwaitEndAsync(CancellationToken cancellation)
    {
        DateTimeOffset until = options.Time.GetUtcNow() + EndPatience;
        while (options.Folder.Member is { } pid)
        {
            if (options.Time.GetUtcNow() >= until)
            {
                throw new CheckpointFailedException(
                    $"The program of the group '{options.Folder.Name}' is alive as process {pid}: end it first "
                    + $"(kill {pid}).");
            }

            await Task.Delay(Look, options.Time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>SEM-21: a restart waits while a checkpoint is in doubt.</summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        DateTimeOffset told = DateTimeOffset.MinValue;
        while (store.Read(state => state.Doubtful.FirstOrDefault()) is { } doubtful)
        {
            if (options.Time.GetUtcNow() - told >= TellEvery)
            {
                told = options.Time.GetUtcNow();
                request.Tell(
                    $"Checkpoint {doubtful.Number} of {doubtful.Action} is in doubt: waiting for the manager "
                    + $"{doubtful.Manager!.Node}, to which it was promised.");
            }

            await Task.Delay(Look, options.Time, cancellation).ConfigureAwait(false);
        }
    }

    private long Choose()
    {
        if (request.At is { } at)
        {
            CheckpointRecord one = store.Read(state => state[at]) ?? throw new CheckpointFailedException(
                $"There is no checkpoint {at}.{Others(at)}");
            return one.Status == CheckpointStatus.Committed ? at : throw new CheckpointFailedException(
                $"Checkpoint {at} was never committed, and cannot be restarted from.{Others(at)}");
        }

        return store.Read(state => state.Candidates.LastOrDefault()?.Number) ?? throw new CheckpointFailedException(
            $"The group '{options.Folder.Name}' has no committed checkpoint.");
    }

    private string Others(long number)
    {
        long[] others = store.Read(state => state.Checkpoints
            .Where(c => c.Status == CheckpointStatus.Committed && c.Number != number).Select(c => c.Number).ToArray());
        return others.Length == 0 ? "" : $" Others can be chosen with --at: {string.Join(", ", others)}.";
    }

    private void Check(long number, CheckpointImage image, PageEntry[] pages, CancellationToken cancellation)
    {
        IEnumerable<PageEntry[]> entries = image.Files.Values.Select(f => f.Blocks).Prepend(pages);
        long all = pages.LongCount(e => !e.Place.IsZero) * WireWords.PageOctets;
        long done = 0;
        IReadOnlyList<DamagedPage> damaged = PageCheck.Run(
            entries, store.Segments, part => request.Progress?.Invoke(Interlocked.Add(ref done, part), all),
            cancellation);
        if (damaged.Count > 0)
        {
            throw new InvalidDataException(
                $"Checkpoint {number} cannot be restarted from: page {damaged[0].Address:x} (segment "
                + $"{damaged[0].Segment}, octet {damaged[0].Offset}) is damaged, and {damaged.Count - 1} more. Nothing "
                + "was touched.");
        }
    }

    private Dictionary<int, string> RestoreFiles(long number, CheckpointImage image)
    {
        long takenAtMs = store.Read(state => state[number]!.Figures.TakenAtMs);
        foreach ((string from, string to) in MadeSince.MoveAside(image, takenAtMs, options.Folder.Undone))
        {
            request.Tell($"'{from}' was made after checkpoint {number}, and is '{to}' now.");
        }

        return FileRestore.All(image, store.Segments, options.Folder.Unlinked);
    }

    private async Task<Task<int>> StartAsync(
        long number, CheckpointImage image, ulong monotonicNs, CancellationToken cancellation)
    {
        long last = store.Read(state => state.LastNumber);
        MemberGate.PendingRestore restore = gate.Expect(options.Folder.Plan, image);
        Task<int> ended = request.Launch(new RestartLaunch(number, monotonicNs));
        Task first = await Task.WhenAny(restore.Restored.Task, ended).WaitAsync(cancellation).ConfigureAwait(false);
        if (first == ended)
        {
            // A program that had little left to do: what it said before it ended may not be read yet.
            await Task.WhenAny(restore.Restored.Task, Task.Delay(WordsPatience, options.Time, cancellation))
                .ConfigureAwait(false);
        }

        if (!restore.Restored.Task.IsCompleted)
        {
            throw new IOException(
                $"The program ended with {await ended.ConfigureAwait(false)} before it was built anew.");
        }

        await restore.Restored.Task.ConfigureAwait(false);
        store.Note(new RestartedFrom(number, last));
        if (Directory.Exists(options.Folder.Unlinked))
        {
            Directory.Delete(options.Folder.Unlinked, recursive: true);
        }

        return ended;
    }
}
