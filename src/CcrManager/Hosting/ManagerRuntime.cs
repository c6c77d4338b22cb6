using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.CcrManager.Links;
using Ccr.CcrManager.Operator;
using Ccr.CcrManager.Sessions;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>One running manager: makes its parts, starts them in the one right order, and stops them.</summary>
internal sealed class ManagerRuntime : IAsyncDisposable
{
    private const int TickMs = 200;

    private readonly CcrManagerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly NodeLayout _layout;
    private readonly IAtomicActionLog _log;
    private readonly ManagerFailure _failure;
    private readonly TraceStore _trace;
    private readonly LaneSet _lanes;
    private readonly LinkTable _links;
    private readonly LinkDialer _dialer;
    private readonly LinkReceiver _receiver;
    private readonly LinkWatch _watch;
    private readonly TraceDesk _traces;
    private readonly CommunicationCoordinator _coordinator;
    private readonly SessionDesks _desks;
    private readonly HeldActions _held;
    private readonly LaneLogSlot _logSlot = new();
    private LogFeed? _feed;
    private FrameListener? _peers;
    private FrameListener? _sessions;
    private bool _isEmbedded;
    private ITimer? _ticker;
    private bool _wasFull;
    private volatile bool _stopping;
    private int _disposed;

    private ManagerRuntime(
        CcrManagerOptions options, ManagerParts parts, TimeProvider time, ILogger logger, Action<string, int> end)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _layout = new NodeLayout(options.Data);
        _layout.Prepare();
        _held = HeldActions.Load(Path.Combine(_layout.Root, "held"));
        PeerFile file = new(_layout.PeersFile);
        IReadOnlyList<Announcement> saved = file.Load();
        Failpoints failpoints = Failpoints.FromEnvironment();
        _failure = new ManagerFailure(_held, end, logger);
        _log = parts.OpenLog(options, _layout, logger);
        Self = _log.Self;

        _trace = new TraceStore(
            options.Trace ? _layout.TraceDirectory : null, Self.Node, options.TraceLimitBytes, logger);
        SessionTable sessions = new(time);
        ServerRegistry registry = new();
        Locator locator = new(Self.Node, registry, options, time);
        LaneWorldSlot world = new();
        LaneSurroundings around = new(_logSlot, world, _trace, time, failpoints, _failure);
        int lanes = options.Lanes == 0
            ? Math.Min(Environment.ProcessorCount, CcrManagerOptionsValidator.LanesMax)
            : options.Lanes;
        _lanes = new LaneSet(lanes, i => new LaneHost(i, parts.MakeCore(options, i, lanes, time), around));
        _failure.Lanes = locator.Lanes = _lanes;

        _links = new LinkTable(Self, new PeerBook(new PeerTable(Self.Node, saved), file, logger), _lanes, time, logger);
        locator.NeverReached = () => options.Peers.Keys.FirstOrDefault(
            peer => peer != Self.Node.Value && _links.Book.Find(NodeName.Parse(peer)) is null);
        _dialer = new LinkDialer(_links, _lanes, options, time, logger);
        _traces = new TraceDesk(Self.Node, _trace, _dialer.Send, options.TraceTimeoutMs, time);
        LinkGreeting greeting = new(_links, _dialer.IsAlive, lanes, logger);
        _receiver = new LinkReceiver(_links, greeting, _lanes, _traces, time, logger);
        _dialer.Sink = _receiver;
        _watch = new LinkWatch(_links, options, time);

        world.World = new ManagerWorld(sessions, _links, _dialer, locator);
        StatusReporter status = new(_links, sessions, registry, LogCounters, time);
        OperatorDesk operators = new(_lanes, _links, _traces, status, _held, logger);
        _desks = new SessionDesks(new ActionNumbers(Self), registry, locator, _links, operators);
        _coordinator = new CommunicationCoordinator(Self, sessions, _lanes, _desks, options, time, logger);
    }

    /// <summary>Who this manager is.</summary>
    public ManagerIdentity Self { get; }

    /// <summary>Where peers reach it, "HOST:PORT".</summary>
    public string Address => _links.Address;

    /// <summary>Where Clients and Servers reach it.</summary>
    public string Socket => _layout.ManagerSocket;

    /// <summary>Why it cannot go on, or null.</summary>
    public string? Failure => _failure.Reason;

    /// <summary>True when every node that this manager knows was linked with it since its start.</summary>
    public bool HasMetAllPeers => _links.Book.Known.All(known => _links.HasMet(known.Identity.Node));

    /// <summary>Who answers what is asked about this node's databases; null: nobody does.</summary>
    public IDatabaseDesk? Databases
    {
        get => _desks.Databases;
        set => _desks.Databases = value;
    }

    /// <summary>The lanes, for tests.</summary>
    internal LaneSet Lanes => _lanes;

    /// <summary>The links, for tests.</summary>
    internal LinkTable Links => _links;

    /// <summary>Opens the log, recovers, and listens.</summary>
    /// <exception cref="IOException">Something cannot be opened; the message says what to do.</exception>
    /// <exception cref="LogFailedException">The log cannot be trusted; the message says what to do.</exception>
    public static async Task<ManagerRuntime> StartAsync(
        CcrManagerOptions options, ManagerParts parts, TimeProvider time, ILogger logger, Action<string, int> end,
        bool clientsWait = false, bool isEmbedded = false)
    {
        ManagerRuntime runtime = new(options, parts, time, logger, end) { _isEmbedded = isEmbedded };
        try
        {
            if (clientsWait)
            {
                runtime._coordinator.KeepClientsWaiting();
            }

            runtime.Begin();
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Clients are welcome from now on, where they had to wait.</summary>
    public void LetClientsIn() => _coordinator.LetClientsIn();

    /// <summary>
    /// Stops cleanly: admits nothing, waits for the actions that are under way for a limited time, then closes all.
    /// </summary>
    public async Task StopAsync(CancellationToken hurry)
    {
        if (_stopping || Failure is not null)
        {
            return;
        }

        _stopping = true;
        _coordinator.Admit(new Refusal(
            RefusalCode.Stopping, $"Node {Self.Node} is stopping: try again when it is back."));
        long since = _time.GetTimestamp();
        int unfinished = await UnfinishedAsync().ConfigureAwait(false);
        bool quiet = false;
        while (!quiet && !hurry.IsCancellationRequested
            && _time.GetElapsedTime(since).TotalMilliseconds < _options.StopTimeoutMs)
        {
            // Counted twice: the last answers leave only at the end of the turn in which their action ended.
            quiet = unfinished == 0;
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None).ConfigureAwait(false);
            unfinished = await UnfinishedAsync().ConfigureAwait(false);
            quiet &= unfinished == 0;
        }

        ManagerLog.Stopped(_logger, Self.Node.Value, unfinished);
    }

    /// <summary>Closes everything, the log last.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _stopping = true;
        _lanes.Silence();
        if (_ticker is not null)
        {
            await _ticker.DisposeAsync().ConfigureAwait(false);
        }

        await _dialer.DisposeAsync().ConfigureAwait(false);
        _links.Close(null, $"Node {Self.Node} has stopped.");
        if (_sessions is not null)
        {
            await _sessions.DisposeAsync().ConfigureAwait(false);
        }

        if (_peers is not null)
        {
            await _peers.DisposeAsync().ConfigureAwait(false);
        }

        _lanes.Dispose();
        if (_feed is not null)
        {
            _feed.Dispose();
        }
        else
        {
            _log.Dispose();
        }

        _trace.Dispose();
    }

    /// <summary>The records of the log are the lanes' first input: nothing may come in before them.</summary>
    private void Begin()
    {
        IReadOnlyList<LogContent> live = _log.Recovered;
        ManagerLog.Recovered(_logger, live.Count, _held.All.Count);
        RecoveredRecords.Deal(_lanes, Self, live, _held.All);
        _feed = new LogFeed(_log, _lanes, _failure);
        _logSlot.Log = _feed;

        FrameListenerOptions options = new() { Time = _time, Log = line => ManagerLog.Listener(_logger, line) };
        _peers = FrameListener.Start(
            "tcp:" + _options.Listen, _receiver, options with { ConnectionsMax = ManagerLimits.LinksMax });
        _links.Address = _peers.Address["tcp:".Length..];
        _lanes.Kick();
        FrameListenerOptions sessions = options with
        {
            ConnectionsMax = ManagerLimits.SessionsMax,
            TakesOwnProcess = _isEmbedded,
        };
        _sessions = FrameListener.Start("unix:" + _layout.ManagerSocket, _coordinator, sessions);
        NodeLayout.WriteAddress(_layout.ManagerAddressFile, Address);
        TimeSpan tick = TimeSpan.FromMilliseconds(TickMs);
        _ticker = _time.CreateTimer(_ => Tick(), null, TimeSpan.Zero, tick);
        ManagerLog.Started(_logger, Self.ToString(), Address, Socket, _lanes.Count);
    }

    private void Tick()
    {
        if (_stopping)
        {
            return;
        }

        _coordinator.Tick();
        _watch.Tick();
        _dialer.Tick();
        _traces.Tick();
        if (_feed!.IsFull != _wasFull)
        {
            _wasFull = !_wasFull;
            TellLogFull();
        }
    }

    private void TellLogFull()
    {
        if (_wasFull)
        {
            ManagerLog.LogFull(_logger);
        }
        else
        {
            ManagerLog.LogHasRoom(_logger);
        }

        _coordinator.Admit(!_wasFull ? null : new Refusal(
            RefusalCode.LogFull,
            $"The log of {Self.Node} is near its limit: try again when other actions have ended, or allow it "
                + "more room."));
    }

    private IEnumerable<Counter> LogCounters() =>
    [
        new Counter("deviceFlushes", _feed?.Forces ?? 0), new Counter("logFull", _wasFull ? 1 : 0),
            new Counter("octetsToPeers", _links.OctetsSent),
    ];

    /// <summary>How many actions, branches, damages and actions set aside there are, and answers under way.</summary>
    public Task<int> LiveAsync() =>
        CountAsync((lane, core) => core.Live + core.Describe(null, held: true).Count + lane.WaitingForLog);

    private Task<int> UnfinishedAsync() => CountAsync((lane, core) => core.Unfinished + lane.WaitingForLog);

    private Task<int> CountAsync(Func<LaneHost, ILaneCore, int> count)
    {
        TaskCompletionSource<int> counted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        LaneQuestion.Ask(_lanes, count, counts => counted.TrySetResult(counts.Sum()));
        return counted.Task;
    }
}
