using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Polly;

namespace Ccr.Client;

/// <summary>
/// A Server's side of commitment: keeps a session with the node's manager, registers there and with the Location
/// Server, tells what its resource found prepared, and lets the resource obey the manager's orders. Both services may
/// be down, at the start or later: it goes on trying to reach them.
/// </summary>
public sealed class CcrServer : IAsyncDisposable, ISessionEvents
{
    private readonly CcrServerOptions _options;
    private readonly BranchWork _work;
    private readonly LocationRegistrar? _registrar;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private ManagerIdentity? _highest;
    private ManagerSession? _session;
    private int _disposed;

    private CcrServer(CcrServerOptions options, IBranchResource resource)
    {
        _options = options;
        _highest = options.ManagerSeen;
        _work = new BranchWork(options, resource, _stopping.Token);
        _registrar = options.LocationSocket is null ? null : new LocationRegistrar(options, _stopping.Token);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Ends when the manager knows this Server and all that it found, for the first time.</summary>
    public Task Registered => _registered.Task;

    /// <summary>The manager of the live session, or null while there is none.</summary>
    public ManagerIdentity? Manager =>
        Volatile.Read(ref _session) is { IsLost: false } session ? session.Identity : null;

    /// <summary>Starts a Server. It does not wait for the manager: <see cref="Registered"/> does.</summary>
    public static CcrServer Start(CcrServerOptions options, IBranchResource resource)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Incarnation, 1);
        // What is wrong with a path is said now, not at each attempt.
        _ = Transport.FrameAddress.Parse("unix:" + options.ManagerSocket);
        _ = options.LocationSocket is null ? null : Transport.FrameAddress.Parse("unix:" + options.LocationSocket);
        return new CcrServer(options, resource);
    }

    /// <summary>
    /// Enters a Client's request into the branch of its action. It is refused where this incarnation never began the
    /// branch, and after its Ready, no change or end (SEM-8).
    /// </summary>
    /// <param name="action">As the request says.</param>
    /// <param name="incarnation">As the request says: what the Client was told when the branch was begun.</param>
    /// <param name="request">To be disposed of when the request is answered.</param>
    /// <param name="refusal">What to answer when the result is false.</param>
    public bool TryEnter(
        AtomicActionId action, long incarnation,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BranchRequest? request,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Refusal? refusal) =>
        _work.TryEnter(action, incarnation, out request, out refusal);

    /// <summary>
    /// Withdraws from the Location Server and ends the session. What was not prepared is rolled back; what is prepared
    /// is kept for the next start.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_registrar is not null)
        {
            await _registrar.Ended.ConfigureAwait(false);
        }

        await _running.ConfigureAwait(false);
        _registered.TrySetCanceled(CancellationToken.None);
        _stopping.Dispose();
    }

    /// <inheritdoc/>
    void ISessionEvents.OnMessage(ManagerSession session, SessionMessage message)
    {
        switch (message)
        {
            case BranchMessage order:
                _work.Order(session, order);
                break;
            case RequestRefused { Reference: 0 } refused:
                session.Close(refused.Refusal.Text);
                break;
            default:
                break; // a late answer to a request that nobody waits for
        }
    }

    /// <inheritdoc/>
    void ISessionEvents.OnBatchEnd(ManagerSession session)
    {
        if (_options.RunsInline)
        {
            session.Flush();
        }
    }

    /// <inheritdoc/>
    void ISessionEvents.OnLost(ManagerSession session, string reason)
    {
        if (!_stopping.IsCancellationRequested)
        {
            _options.Log?.Invoke($"{_options.Name}: the session with the manager ended: {reason}");
        }

        _work.SessionLost(session);
    }

    private async Task RunAsync()
    {
        ResiliencePipeline connecting = Connecting.Pipeline(
            int.MaxValue, _options.Time, LogFailure(), ClientLimits.ServerPauseMax);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                ManagerSession session = await connecting.ExecuteAsync(
                    static async (server, stop) => await server.OpenSessionAsync(stop).ConfigureAwait(false),
                    this, _stopping.Token).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    Volatile.Write(ref _session, session);
                    _registrar?.NodeIs(session.Identity.Node);
                    _registered.TrySetResult();
                    await session.Lost.WaitAsync(_stopping.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                // Stopping: the loop sees it.
            }
            catch (CcrRefusedException e)
            {
                _options.Log?.Invoke($"{_options.Name}: the manager refused: {e.Message}");
                await PauseAsync().ConfigureAwait(false);
            }
        }

        await _work.AllIdleAsync().ConfigureAwait(false);
    }

    /// <summary>One attempt: connect, check who it is, register, and tell what was found.</summary>
    private async Task<ManagerSession> OpenSessionAsync(CancellationToken cancellation)
    {
        await _work.BrokenSessionsDoneAsync().WaitAsync(cancellation).ConfigureAwait(false);
        ManagerSession session = await ManagerSession.ConnectAsync(
            _options.ManagerSocket, SessionRole.Server, _options.Program, this, _options.Time, cancellation)
            .ConfigureAwait(false);
        try
        {
            CheckIdentity(session.Identity);
            IReadOnlyList<FoundBranch> found = _work.Found(session);
            Register register = new(
                session.NextReference(), _options.Name, _options.Kind, _options.Incarnation, _options.Addresses);
            SessionMessage answer = await session.RequestAsync(register, cancellation).ConfigureAwait(false);
            if (answer is not Protocol.Messages.Registered)
            {
                throw new IOException("The manager answered the registration with something else.");
            }

            TellFound(session, found);
            return session;
        }
        catch (Exception e)
        {
            session.Close("The Server could not register.");
            await session.DisposeAsync().ConfigureAwait(false);
            if (e is SessionLostException)
            {
                throw new IOException(e.Message, e);
            }

            throw;
        }
    }

    private void TellFound(ManagerSession session, IReadOnlyList<FoundBranch> found)
    {
        int at = 0;
        do
        {
            int next = Math.Min(at + ClientLimits.FoundPart, found.Count);
            session.Send(new Found(_options.Name, [.. found.Skip(at).Take(next - at)], Last: next == found.Count));
            session.Flush();
            at = next;
        }
        while (at < found.Count);
    }

    /// <summary>The manager of a node may only ever be the same log at the same or a later epoch (SEM-6).</summary>
    private void CheckIdentity(ManagerIdentity now)
    {
        ManagerIdentity? known = _highest;
        if (known is not null && known.Node == now.Node)
        {
            if (known.Log != now.Log || known.Epoch > now.Epoch)
            {
                throw new CcrRefusedException(new Refusal(
                    RefusalCode.StaleIdentity,
                    $"The manager says it is {now}, but this Server has served {known}: its log was replaced or "
                    + "restored from an older copy. Start the manager on its own log; only if it is lost for ever, run "
                    + "'ccrctl node reset' and let the Server forget the old identity."));
            }
        }

        if (known != now)
        {
            _highest = now;
            _options.OnManagerSeen?.Invoke(now);
        }
    }

    private Action<string> LogFailure()
    {
        string last = "";
        return reason =>
        {
            if (reason != last)
            {
                last = reason;
                _options.Log?.Invoke($"{_options.Name}: no session with the manager yet: {reason}");
            }
        };
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(ClientLimits.PauseMax, _options.Time, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop sees it.
        }
    }
}
