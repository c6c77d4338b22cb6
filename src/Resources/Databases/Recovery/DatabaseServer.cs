using Ccr.Client;
using Ccr.Protocol.Messages;
using Polly;

namespace Ccr.Resources.Databases;

/// <summary>
/// One database of a node as a Server of its manager: it registers at once, whether the database can be reached or not,
/// and reports what is prepared after the first scan, and again after later ones.
/// </summary>
internal sealed class DatabaseServer : ISessionEvents, IAsyncDisposable
{
    private readonly WorkerParts _parts;
    private readonly string _socket;
    private readonly long _incarnation;
    private readonly OrderTable _orders = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private SessionLink? _link;

    public DatabaseServer(
        DatabaseDefinition definition, IDatabase database, WorkerParts parts, string socket, long incarnation)
    {
        Definition = definition;
        Database = database;
        _parts = parts;
        _socket = socket;
        _incarnation = incarnation;
        Worker = new RecoveryWorker(definition.Name, database, _orders, parts);
    }

    /// <summary>What was registered.</summary>
    public DatabaseDefinition Definition { get; }

    /// <summary>The database.</summary>
    public IDatabase Database { get; }

    /// <summary>Scans and finishes.</summary>
    public RecoveryWorker Worker { get; }

    /// <summary>Ends when the manager knows this Server.</summary>
    public Task Registered => _registered.Task;

    /// <summary>What the manager has ordered of a branch and is not done yet: true commit, false roll back.</summary>
    public bool? OrderedOf(Branch branch) => _orders.Find(branch)?.Commits;

    /// <summary>True when the manager waits for nothing here.</summary>
    public bool IsIdle => _orders.Count == 0;

    /// <summary>Begins to work.</summary>
    public void Start() => _running = Task.WhenAll(
        Task.Run(() => SessionsAsync(_stopping.Token)), Task.Run(() => WorkAsync(_stopping.Token)));

    /// <summary>Ends the session. What is prepared stays so.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _registered.TrySetCanceled(CancellationToken.None);
        await Database.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    void ISessionEvents.OnMessage(ManagerSession session, SessionMessage message)
    {
        if (Volatile.Read(ref _link) is not { } link)
        {
            return;
        }

        switch (message)
        {
            case Commit commit:
                _orders.Add(link, commit, commit.Note);
                break;
            case RollbackBranch rollback:
                _orders.Add(link, rollback, rollback.Note);
                break;
            case ForgetBranch forget:
                ForgetByHand(Branch.Of(forget));
                break;
            case NotMine foreign:
                DatabasesLog.NotMine(
                    _parts.Logger, Definition.Name, session.Identity.ToString(), Branch.Of(foreign).ToString());
                break;
            case RequestRefused { Reference: 0 } refused:
                session.Close(refused.Refusal.Text);
                break;
            default:
                break; // it begins and prepares nothing
        }
    }

    /// <inheritdoc/>
    void ISessionEvents.OnBatchEnd(ManagerSession session) => Worker.Wake();

    /// <inheritdoc/>
    void ISessionEvents.OnLost(ManagerSession session, string reason)
    {
        if (!_stopping.IsCancellationRequested)
        {
            DatabasesLog.NoSession(_parts.Logger, Definition.Name, reason);
        }

        if (Volatile.Read(ref _link) is { } link)
        {
            _orders.Drop(link);
        }
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        await Worker.RunAsync(stop).ConfigureAwait(false);
        if (Worker.Refused is { } why)
        {
            // Nothing may be enlisted here any more, and nothing that was is taken for done.
            await _stopping.CancelAsync().ConfigureAwait(false);
            _registered.TrySetException(new IOException(why));
        }
    }

    private async Task SessionsAsync(CancellationToken stop)
    {
        ResiliencePipeline connecting = Connecting.Pipeline(
            int.MaxValue, _parts.Time, reason => DatabasesLog.NoSession(_parts.Logger, Definition.Name, reason),
            ClientLimits.ServerPauseMax);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                ManagerSession session = await connecting.ExecuteAsync(
                    static async (server, stop) => await server.OpenAsync(stop).ConfigureAwait(false), this, stop)
                    .ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    _registered.TrySetResult();
                    await session.Lost.WaitAsync(stop).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Stopping: the loop sees it.
            }
            catch (CcrRefusedException e)
            {
                DatabasesLog.NoSession(_parts.Logger, Definition.Name, e.Message);
                _registered.TrySetException(e);
                return; // another Server of this name is here, or too many are
            }
        }
    }

    /// <summary>One attempt: connect and register. Orders may come from then on.</summary>
    private async Task<ManagerSession> OpenAsync(CancellationToken cancel)
    {
        ManagerSession session = await ManagerSession.ConnectAsync(
            _socket, SessionRole.Server, $"database {Definition.Name}", this, _parts.Time, cancel)
            .ConfigureAwait(false);
        try
        {
            SessionLink link = new(session);
            Volatile.Write(ref _link, link);
            Register register = new(
                session.NextReference(), Definition.Name, "database/" + Definition.Kind, _incarnation, []);
            await session.RequestAsync(register, cancel).ConfigureAwait(false);
            Worker.LinkIs(link);
            return session;
        }
        catch (Exception e)
        {
            session.Close("The database could not be registered.");
            await session.DisposeAsync().ConfigureAwait(false);
            if (e is SessionLostException)
            {
                throw new IOException(e.Message, e);
            }

            throw;
        }
    }

    /// <summary>The damage stands in the manager's log: what an operator did by hand need not be kept here.</summary>
    private void ForgetByHand(Branch branch)
    {
        try
        {
            _parts.Registry.Forget(Definition.Name, branch);
        }
        catch (IOException e)
        {
            DatabasesLog.Failed(_parts.Logger, Definition.Name, e.Message);
        }
    }

    private sealed class SessionLink(ManagerSession session) : IManagerLink
    {
        public bool IsLost => session.IsLost;

        public void Send(SessionMessage message) => session.Send(message);

        public void Flush() => session.Flush();
    }
}
