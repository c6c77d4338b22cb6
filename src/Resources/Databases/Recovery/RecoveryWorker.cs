using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using Polly;
using Polly.Retry;

namespace Ccr.Resources.Databases;

/// <summary>
/// Finishes the branches of one database: one scan serves all orders that came before it, and what it shows is ended
/// over a few connections. A scan, the report of it, and the ending of branches follow one another and never overlap.
/// The first order is looked at when it comes; a stream of them makes no stream of scans, but one every few
/// milliseconds: stock drivers commit by themselves, and leave an order behind for each of their branches (SEM-10).
/// </summary>
internal sealed class RecoveryWorker(string name, IDatabase database, OrderTable orders, WorkerParts parts)
{
    private readonly Signal _wake = new();
    private readonly DemandQueue _demands = new();
    private readonly ScanSchedule _schedule = new(parts);
    private readonly FailureLog _failures = new(name, parts.Logger);
    private readonly FailureLog _refusals = new(name, parts.Logger);
    private IManagerLink? _link;
    private IManagerLink? _reportedTo;
    private BranchScan? _scan;
    private long _nextForOrdersMs;
    private string? _identity;

    /// <summary>
    /// Asked once, when the database is reached for the first time: why it may not be served under this name, or null.
    /// </summary>
    public Func<string?, string?>? Admit { get; set; }

    /// <summary>Why the database is not served, or null. It is not touched then.</summary>
    public string? Refused { get; private set; }

    /// <summary>Why it could not be reached at the last try; null when it could.</summary>
    public string? Unreachable { get; private set; }

    /// <summary>What tells it from every other database; null while it was not reached.</summary>
    public string? Identity => Volatile.Read(ref _identity);

    /// <summary>True when the last scans showed nothing, and nothing was ordered.</summary>
    public bool IsSettled => _schedule.IsClean && orders.Count == 0;

    /// <summary>What the last scan showed of this manager's branches; -1 before the first.</summary>
    public int OwnAtLastScan { get; private set; } = -1;

    /// <summary>A new session with the manager: it is told what the next scan shows.</summary>
    public void LinkIs(IManagerLink link)
    {
        Volatile.Write(ref _link, link);
        _wake.Set();
    }

    /// <summary>An order came.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Scans now and tells the manager; null when that was done, else why not.</summary>
    public Task<string?> ScanNowAsync(CancellationToken cancel)
    {
        Task<string?> done = _demands.Add(orders.NextNumber());
        _wake.Set();
        return done.WaitAsync(cancel);
    }

    /// <summary>Works until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && Refused is null)
        {
            try
            {
                await _wake.WaitAsync(Pause(), parts.Time, stop).ConfigureAwait(false);
                await TurnAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Stopping: what is prepared stays so until the next start.
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _failures.Say(database.Explain(e));
            }
        }

        _demands.Fail(long.MaxValue, Refused ?? "The manager is stopping.");
    }

    private TimeSpan Pause()
    {
        long due = _schedule.DueMs;
        foreach (PendingOrder order in orders.All)
        {
            bool isListed = _scan?.Lists(order.Branch) == true;
            due = Math.Min(due, isListed ? order.NotBeforeMs : Math.Max(order.NotBeforeMs, _nextForOrdersMs));
        }

        bool isAsked = _demands.Any || (Volatile.Read(ref _link) is { } link && link != _reportedTo);
        return isAsked ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(0, due - parts.NowMs));
    }

    private async Task TurnAsync(CancellationToken stop)
    {
        while (await EndListedAsync(stop).ConfigureAwait(false))
        {
            // Orders came meanwhile for what the last scan showed: they need no other.
        }

        long now = parts.NowMs;
        PendingOrder[] waiting = [.. orders.All.Where(order => order.NotBeforeMs <= now)];
        bool isReportDue = _schedule.DueMs <= now || _demands.Any || Volatile.Read(ref _link) != _reportedTo;
        if (isReportDue || (waiting.Length > 0 && now >= _nextForOrdersMs))
        {
            await ScanAsync(waiting, stop).ConfigureAwait(false);
            if (Refused is not null)
            {
                return;
            }

            if (isReportDue)
            {
                Report();
            }

            await SettleAbsentAsync(waiting, stop).ConfigureAwait(false);
            _nextForOrdersMs = parts.NowMs + DatabaseLimits.OrdersGapMs;
        }
    }

    private async Task ScanAsync(IReadOnlyList<PendingOrder> waiting, CancellationToken stop)
    {
        RetryStrategyOptions retry = new()
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(_ => !stop.IsCancellationRequested),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = DatabaseLimits.PauseMin,
            MaxDelay = DatabaseLimits.PauseMax,
            OnRetry = arguments =>
            {
                Unreachable = database.Explain(arguments.Outcome.Exception!);
                _schedule.Failed();
                _failures.Say(Unreachable);
                _demands.Fail(long.MaxValue, Unreachable);
                return default;
            },
        };
        ResiliencePipeline pipeline =
            new ResiliencePipelineBuilder { TimeProvider = parts.Time }.AddRetry(retry).Build();
        await pipeline.ExecuteAsync(async cancel => await ScanOnceAsync(waiting, cancel).ConfigureAwait(false), stop)
            .ConfigureAwait(false);
        Unreachable = null;
        _failures.IsWell();
    }

    private async Task ScanOnceAsync(IReadOnlyList<PendingOrder> waiting, CancellationToken cancel)
    {
        if (_identity is null && Admit is { } admit)
        {
            _identity = await database.IdentityAsync(cancel).ConfigureAwait(false);
            Admit = null;
            if ((Refused = admit(_identity)) is { } why)
            {
                _refusals.Say(why);
            }
        }

        if (Refused is not null)
        {
            return;
        }

        Dictionary<int, BackendState> owners = [];
        foreach (PendingOrder order in waiting.Where(o => !o.Commits && o.Note is { Backend: not 0, Xid: 0 }))
        {
            if (!owners.TryGetValue(order.Note.Backend, out BackendState state))
            {
                // One look for all orders that came before it: thousands may have had a few owners.
                state = await database.StateOfBackendAsync(order.Note.Backend, cancel).ConfigureAwait(false);
                owners.Add(order.Note.Backend, state);
            }

            order.IsOwnerOver = state != BackendState.InTransaction; // hidden: a later scan tells
        }

        long number = orders.NextNumber();
        IReadOnlyList<PreparedBranch> shown = await database.ScanAsync(cancel).ConfigureAwait(false);
        _scan = new BranchScan(shown, parts.Self, name, number);
        OwnAtLastScan = _scan.Own;
    }

    /// <summary>The manager is told all that is prepared for it: it orders what is to be done (SEM-9).</summary>
    private void Report()
    {
        BranchScan scan = _scan!;
        _schedule.Scanned(scan.Own > 0 || orders.Count > 0);
        if (Volatile.Read(ref _link) is { IsLost: false } link)
        {
            int at = 0;
            do
            {
                int next = Math.Min(at + Client.ClientLimits.FoundPart, scan.Found.Count);
                link.Send(new Found(name, [.. scan.Found.Skip(at).Take(next - at)], Last: next == scan.Found.Count));
                link.Flush();
                at = next;
            }
            while (at < scan.Found.Count);
            _reportedTo = link;
        }

        _demands.Done(scan.Number);
    }

    /// <summary>Ends what was ordered of what the last scan showed; false when there was nothing of it.</summary>
    private async Task<bool> EndListedAsync(CancellationToken stop)
    {
        if (_scan is not { } scan)
        {
            return false;
        }

        long now = parts.NowMs;
        List<(PendingOrder Order, BranchScan.Names Names)> work = [];
        foreach (PendingOrder order in orders.All)
        {
            if (order.NotBeforeMs <= now && scan.Take(order.Branch) is { } names)
            {
                work.Add((order, names));
            }
        }

        int ended = 0;
        ParallelOptions options = new()
        {
            MaxDegreeOfParallelism = DatabaseLimits.ConnectionsMax,
            CancellationToken = stop,
        };
        await Parallel.ForEachAsync(work, options, async (one, cancel) =>
        {
            await EndNamesAsync(one.Order, one.Names, scan, cancel).ConfigureAwait(false);
            if (Interlocked.Increment(ref ended) % DatabaseLimits.AnswersPerFlush == 0)
            {
                one.Order.Link.Flush();
            }
        }).ConfigureAwait(false);
        if (work.Count > 0)
        {
            work[^1].Order.Link.Flush();
        }

        return work.Count > 0;
    }

    private async Task EndNamesAsync(
        PendingOrder order, BranchScan.Names names, BranchScan scan, CancellationToken cancel)
    {
        bool all = true;
        HandDecision? byHand = parts.Registry.Find(name, order.Branch);
        bool commits = byHand?.Commits ?? order.Commits;
        foreach (string prepared in names.All)
        {
            EndResult end = await database.EndAsync(prepared, commits, cancel).ConfigureAwait(false);
            if (end.End == BranchEnd.Done)
            {
                order.NameEnded();
                continue;
            }

            all = false; // the next scan tells whether somebody else was faster
            if (end.End == BranchEnd.Unknown)
            {
                _refusals.Say(end.Refusal.Text);
                order.Defer(parts.NowMs);
            }
            else if (database.EndsOwnersFirst)
            {
                await EndOwnerAsync(order, cancel).ConfigureAwait(false);
            }
        }

        // A driver's names may be several, and one that a scan before the order did not show.
        if (all && (!names.AreAssisted || scan.Number > order.Number))
        {
            Answer(order, Ending.Of(order, byHand), byHand);
        }
    }

    private async Task EndOwnerAsync(PendingOrder order, CancellationToken cancel)
    {
        order.Defer(parts.NowMs);
        if (order.Note.Backend == 0)
        {
            return; // nobody knows which connection it is: it is ended when that one goes
        }

        try
        {
            await database.EndBackendAsync(order.Note.Backend, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _refusals.Say(database.Explain(e));
        }
    }

    private async Task SettleAbsentAsync(IReadOnlyList<PendingOrder> waiting, CancellationToken stop)
    {
        BranchScan scan = _scan!;
        // What is listed is ended in the next turn.
        (PendingOrder Order, HandDecision? ByHand)[] absent =
            [.. waiting.Where(o => !scan.Lists(o.Branch)).Select(o => (o, parts.Registry.Find(name, o.Branch)))];
        foreach ((PendingOrder Order, HandDecision? ByHand)[] part in absent.Chunk(DatabaseLimits.SettledAtOnce))
        {
            await SettlePartAsync(part, stop).ConfigureAwait(false);
        }
    }

    private async Task SettlePartAsync((PendingOrder Order, HandDecision? ByHand)[] part, CancellationToken stop)
    {
        ulong[] numbers =
            [.. part.Where(p => OrderEnding.DependsOnFate(p.Order, p.ByHand)).Select(p => p.Order.Note.Xid)];
        IReadOnlyList<TransactionFate> fates = numbers.Length == 0
            ? []
            : await database.SettleAsync(numbers, stop).ConfigureAwait(false);
        int next = 0;
        foreach ((PendingOrder order, HandDecision? byHand) in part)
        {
            TransactionFate fate = OrderEnding.DependsOnFate(order, byHand) ? fates[next++] : TransactionFate.Unknown;
            if (OrderEnding.OfAbsent(order, database.Product, byHand, fate) is { } ending)
            {
                Answer(order, ending, byHand);
            }
            else
            {
                order.Defer(parts.NowMs);
            }
        }

        part[^1].Order.Link.Flush();
    }

    private void Answer(PendingOrder order, Ending ending, HandDecision? byHand)
    {
        orders.Remove(order);
        if (byHand is not null && byHand.Commits == order.Commits)
        {
            parts.Registry.Forget(name, order.Branch); // it was what the manager orders: no damage
        }

        if (!order.Link.IsLost)
        {
            order.Link.Send(new Done(name, order.Branch.Action, order.Branch.Id, ending.Outcome, ending.Text));
        }
    }
}
