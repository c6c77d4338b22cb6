using System.Collections.Concurrent;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Polly;

namespace Ccr.Client;

/// <summary>
/// A Client: opens atomic actions through its own node's manager. One connection carries any number of actions at a
/// time; when it breaks, the next call connects again.
/// </summary>
public sealed class CcrClient : IAsyncDisposable, ISessionEvents
{
    private readonly string _managerSocket;
    private readonly CcrClientOptions _options;
    private readonly ResiliencePipeline _connecting;
    private readonly ConcurrentDictionary<AtomicActionId, AtomicAction> _actions = new();
    private readonly AcknowledgeQueue _acknowledge;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _lock = new();
    private readonly LeaseBook _leases;
    private Task<ManagerSession>? _session;

    private CcrClient(string managerSocket, CcrClientOptions options)
    {
        _managerSocket = managerSocket;
        _options = options;
        _connecting = Connecting.Pipeline(options.ConnectAttempts, options.Time, options.Log);
        _acknowledge = new AcknowledgeQueue(options.AcknowledgeDelay, options.Time, CurrentSession);
        _leases = new LeaseBook(SessionAsync);
    }

    /// <summary>Who the manager is, as it said when last connected.</summary>
    public ManagerIdentity? Manager { get; private set; }

    /// <summary>Connects to a manager.</summary>
    /// <param name="managerSocket">The path of its Unix socket (<see cref="NodeLayout.ManagerSocket"/>).</param>
    /// <param name="options">Waits and limits.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    /// <exception cref="CcrManagerLostException">It cannot be reached; the message says why and what to do.</exception>
    /// <exception cref="CcrRefusedException">It refuses this Client.</exception>
    public static async Task<CcrClient> ConnectAsync(
        string managerSocket, CcrClientOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(managerSocket);
        CcrClient client = new(managerSocket, options ?? new CcrClientOptions());
        try
        {
            await client.SessionAsync(cancellation).ConfigureAwait(false);
            return client;
        }
        catch (Exception)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens an atomic action over some Servers, wherever they are.</summary>
    /// <param name="servers">Their names.</param>
    /// <param name="timeout">Rolled back by itself when not closed by then; null: the manager's default.</param>
    /// <param name="cancellation">Ends the wait; an action that opens all the same is rolled back.</param>
    /// <exception cref="CcrRefusedException">A Server could not begin; nothing is open.</exception>
    /// <exception cref="CcrManagerLostException">The manager is out of reach; nothing is open.</exception>
    public async Task<AtomicAction> TransOpenAsync(
        IReadOnlyList<string> servers, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ManagerSession session = await SessionAsync(cancellation).ConfigureAwait(false);
        int timeoutMs = timeout is { } t ? (int)Math.Clamp(t.TotalMilliseconds, 1, int.MaxValue) : 0;
        try
        {
            TransOpen message = new(session.NextReference(), servers, timeoutMs);
            SessionMessage answer = await RequestAsync(session, message, cancellation).ConfigureAwait(false);
            TransOpenAck ack = answer as TransOpenAck ?? throw Unexpected(session, answer);
            return await OpenedAsync(ack).ConfigureAwait(false);
        }
        catch (SessionLostException e)
        {
            throw new CcrManagerLostException(
                $"The session with the manager broke while the action was being opened: nothing is open. {e.Message}",
                e);
        }
    }

    /// <summary>
    /// Opens an atomic action whose branches the application works in itself (<see cref="AtomicAction.Add"/>), or that
    /// is extended to Servers later. It costs no round trip, for identifiers are leased in blocks.
    /// </summary>
    /// <param name="timeout">Rolled back when not closed so long after its first branch is prepared.</param>
    /// <param name="cancellation">Ends the wait for the manager, where there has to be one.</param>
    /// <exception cref="CcrManagerLostException">The manager is out of reach; nothing is open.</exception>
    public async ValueTask<AtomicAction> OpenAsync(
        TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposing.IsCancellationRequested, this);
        (LeaseBlock lease, AtomicActionId id) = await _leases.NextAsync(cancellation).ConfigureAwait(false);
        AtomicAction action = new(this, lease.Session, id);
        action.OpenedByLease(lease, timeout);
        return action;
    }

    /// <summary>Makes a database known to the manager, durably, so that its branches are recovered by it.</summary>
    /// <param name="database">Its name, how it is reached, by which driver.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What was found wrong or doubtful about it; empty when nothing was.</returns>
    /// <exception cref="CcrRefusedException">It cannot be used; the message says why and what to do.</exception>
    public async Task<string> RegisterDatabaseAsync(
        CcrDatabase database, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ManagerSession session = await SessionAsync(cancellation).ConfigureAwait(false);
        RegisterDatabase message = new(
            session.NextReference(), database.Name, database.Kind, database.Connection, database.Driver, database.Path);
        try
        {
            SessionMessage answer = await RequestAsync(session, message, cancellation).ConfigureAwait(false);
            return (answer as Accomplished ?? throw Unexpected(session, answer)).Text;
        }
        catch (SessionLostException e)
        {
            throw new CcrManagerLostException($"The session with the manager broke. {e.Message}", e);
        }
    }

    /// <summary>What became of an action?</summary>
    /// <exception cref="CcrRefusedException">
    /// The manager has no record (final, SEM-1: unknown-action), or has forgotten the outcome (outcome-forgotten).
    /// </exception>
    /// <exception cref="CcrManagerLostException">The manager is out of reach: still unknown.</exception>
    public async Task<OutcomeIs> AskOutcomeAsync(AtomicActionId action, CancellationToken cancellation = default)
    {
        ManagerSession session = await SessionAsync(cancellation).ConfigureAwait(false);
        try
        {
            AskOutcome message = new(session.NextReference(), action);
            SessionMessage answer = await RequestAsync(session, message, cancellation).ConfigureAwait(false);
            return answer as OutcomeIs ?? throw Unexpected(session, answer);
        }
        catch (SessionLostException e)
        {
            throw new CcrManagerLostException($"The session with the manager broke. {e.Message}", e);
        }
    }

    /// <summary>
    /// Ends when no action that was answered at its decision (<see cref="CloseAnswer.Decided"/>) has anything left to
    /// do in this process: its changes can then be seen.
    /// </summary>
    public Task WhenEndedAsync() => Ends.NoneAsync();

    /// <summary>Acknowledges what has arrived and closes the connection; open actions are rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposing.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await Ends.NoneAsync().WaitAsync(ClientLimits.EndPatience, Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log("Branches whose commitment is decided have not ended here: the manager sees to them.");
        }

        await _disposing.CancelAsync().ConfigureAwait(false);
        _acknowledge.Dispose();
        Task<ManagerSession>? session;
        lock (_lock)
        {
            session = _session;
        }

        if (session is not null)
        {
            await Task.WhenAny(session).ConfigureAwait(false);
            if (session.IsCompletedSuccessfully)
            {
                await (await session.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }

        _disposing.Dispose();
    }

    internal async Task<SessionMessage> RequestAsync<TRequest>(
        ManagerSession session, TRequest request, CancellationToken cancellation)
        where TRequest : SessionMessage, IReferenceMessage
    {
        _acknowledge.RideAlong(session);
        return await session.RequestAsync(request, cancellation).ConfigureAwait(false);
    }

    /// <summary>An action has ended and its user knows how: its outcome may be forgotten (SEM-1).</summary>
    internal void Ended(AtomicActionId action, bool isKnown)
    {
        if (isKnown)
        {
            _actions.TryRemove(action, out _);
            _acknowledge.Add(action);
        }
    }

    /// <summary>The manager is about to hear of an action that was opened by a lease: it may speak of it too.</summary>
    internal void Known(AtomicAction action) => _actions.TryAdd(action.Id, action);

    internal ReadOnlyHabit ReadOnly { get; } = new();

    internal EndsUnderWay Ends { get; } = new();

    internal void Log(string line) => _options.Log?.Invoke(line);

    internal TimeProvider Time => _options.Time;

    /// <summary>Its user was told that the outcome is unknown: it must not be forgotten.</summary>
    internal void Left(AtomicActionId action) => _actions.TryRemove(action, out _);

    /// <summary>Commitment was asked for on a session that broke: asks for the outcome until it is told.</summary>
    internal async Task<CcrOutcome> AskUntilToldAsync(AtomicActionId action, CancellationToken cancellation)
    {
        OutcomeQuestion question = new(this, action, _options.OutcomePatience, _options.Time);
        return await question.AskAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The manager breaks the protocol: its session is ended.</summary>
    internal static Exception Unexpected(ManagerSession session, SessionMessage answer)
    {
        string text = $"The manager answered with {answer.GetType().Name}, which answers no such request.";
        session.Close(text);
        return new CcrManagerLostException(text);
    }

    /// <inheritdoc/>
    void ISessionEvents.OnAnswer(ManagerSession session, SessionMessage message)
    {
        // An unasked RolledBack may follow at once: the action has to be there when it is received.
        if (message is TransOpenAck ack)
        {
            _actions.TryAdd(ack.Action, new AtomicAction(this, session, ack.Action));
        }
    }

    /// <inheritdoc/>
    void ISessionEvents.OnMessage(ManagerSession session, SessionMessage message)
    {
        switch (message)
        {
            case RolledBack rolledBack:
                if (_actions.TryGetValue(rolledBack.Action, out AtomicAction? action))
                {
                    action.OnRolledBack(rolledBack);
                }

                break;
            case TransOpenAck abandoned: // its caller no longer waits
                _actions.TryRemove(abandoned.Action, out _);
                session.Send(new TransRollback(session.NextReference(), abandoned.Action));
                session.Flush();
                break;
            case RequestRefused { Reference: 0 } refused:
                session.Close(refused.Refusal.Text);
                break;
            default:
                break; // a late answer to a request that nobody waits for
        }
    }

    /// <inheritdoc/>
    void ISessionEvents.OnLost(ManagerSession session, string reason)
    {
        if (!_disposing.IsCancellationRequested)
        {
            Log($"The session with the manager at {_managerSocket} ended: {reason}");
        }

        foreach (AtomicAction action in _actions.Values)
        {
            action.OnSessionLost(session, reason);
        }
    }

    private async Task<AtomicAction> OpenedAsync(TransOpenAck ack)
    {
        AtomicAction action = _actions[ack.Action];
        try
        {
            action.AddPlaces(ack.Places);
            return action;
        }
        catch (CcrRefusedException)
        {
            await action.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private ManagerSession? CurrentSession()
    {
        lock (_lock)
        {
            return _session is { IsCompletedSuccessfully: true, Result: { IsLost: false } session } ? session : null;
        }
    }

    /// <summary>The live session, connected anew when it has to be; callers share the attempt.</summary>
    private async Task<ManagerSession> SessionAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposing.IsCancellationRequested, this);
        Task<ManagerSession> session;
        lock (_lock)
        {
            if (_session is null or { IsFaulted: true } or { IsCanceled: true }
                or { IsCompletedSuccessfully: true, Result.IsLost: true })
            {
                _session = ConnectAsync();
            }

            session = _session;
        }

        try
        {
            return await session.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new CcrManagerLostException(e.Message, e);
        }
    }

    private async Task<ManagerSession> ConnectAsync()
    {
        ManagerSession session = await _connecting.ExecuteAsync(
            static async (client, stop) => await ManagerSession.ConnectAsync(
                client._managerSocket, SessionRole.Client, client._options.Program, client, client._options.Time, stop)
                .ConfigureAwait(false),
            this, _disposing.Token).ConfigureAwait(false);
        Manager = session.Identity;
        return session;
    }
}
