using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Resources.Databases.Tests;

/// <summary>
/// The owner of application branches, by hand: each message and each statement is said by the test, so that it can die
/// between any two.
/// </summary>
internal sealed class Owner : ISessionEvents, IAsyncDisposable
{
    private readonly ConcurrentQueue<SessionMessage> _unasked = new();
    private ManagerSession _session = null!;
    private Leased _leased = null!;
    private long _used;

    private Owner()
    {
    }

    public ManagerIdentity Manager => _session.Identity;

    public static async Task<Owner> ConnectAsync(TestNode node)
    {
        Owner owner = new();
        owner._session = await ManagerSession.ConnectAsync(
            node.Layout.ManagerSocket, SessionRole.Client, "owner", owner, TimeProvider.System,
            CancellationToken.None);
        await owner.LeaseAsync();
        return owner;
    }

    /// <summary>The next leased action.</summary>
    public AtomicActionId NewAction() => new(
        AeTitle.Of(Manager.Node), Suffix.OfCounter(_leased.Epoch, (ulong)(_leased.First + _used++)));

    /// <summary>Leases another block; the last one has to be used up.</summary>
    public async Task LeaseAsync()
    {
        _leased = (Leased)await _session.RequestAsync(
            new LeaseActions(_session.NextReference(), 1_024, 0), CancellationToken.None);
        _used = 0;
    }

    /// <summary>A branch of it, with its name as the databases show it.</summary>
    public XaName Name(AtomicActionId action, int number) =>
        new(action, new BranchId(AeTitle.Of(Manager.Node), Suffix.OfInteger(number)), Manager);

    public void Enlist(AtomicActionId action, params ApplicationBranch[] branches) =>
        Send(new Enlist(action, null, 0, branches));

    public void Prepared(AtomicActionId action, params ApplicationBranch[] branches) =>
        Send(new Prepared(action, null, branches));

    public void Done(string database, XaName name, DoneOutcome outcome) =>
        Send(new Done(database, name.Action, name.Branch, outcome, ""));

    /// <summary>An action with a prepared branch at "tokyo.orders" and one at "tokyo.stock", not closed yet.</summary>
    public async Task<(Work Orders, Work Stock, AtomicActionId Action)> PrepareBothAsync(
        PostgreSqlCluster cluster, int row)
    {
        AtomicActionId action = NewAction();
        XaName first = Name(action, 1), second = Name(action, 2);
        Work orders = await Work.BeginAsync(cluster.ConnectionString("orders"), "tokyo.orders", first.ToGid(), row);
        Work stock = await Work.BeginAsync(cluster.ConnectionString("stock"), "tokyo.stock", second.ToGid(), row);
        Enlist(
            action, new ApplicationBranch("tokyo.orders", first.Branch, $"pid={orders.Pid}"),
            new ApplicationBranch("tokyo.stock", second.Branch, $"pid={stock.Pid}"));
        await orders.PrepareAsync();
        await stock.PrepareAsync();
        Prepared(
            action, new ApplicationBranch("tokyo.orders", first.Branch, orders.Note),
            new ApplicationBranch("tokyo.stock", second.Branch, stock.Note));
        await SyncAsync();
        return (orders, stock, action);
    }

    /// <summary>Asks for the decision, and waits for it.</summary>
    public Task<SessionMessage> CloseAsync(AtomicActionId action) => _session.RequestAsync(
        new TransClose(_session.NextReference(), action, CloseAnswer.Decided), CancellationToken.None);

    /// <summary>Asks for the decision and does not wait.</summary>
    public void CloseBlindly(AtomicActionId action) =>
        Send(new TransClose(_session.NextReference(), action, CloseAnswer.Decided));

    /// <summary>A round trip: what was sent before has arrived.</summary>
    public async Task SyncAsync() => await _session.RequestAsync(
        new AskOutcome(_session.NextReference(), new AtomicActionId(
            AeTitle.Of(Manager.Node), Suffix.OfCounter(_leased.Epoch, (ulong)_leased.First))), CancellationToken.None);

    /// <summary>The session ends, as when the process is killed.</summary>
    public async Task DieAsync()
    {
        _session.Close("killed");
        await _session.Lost;
    }

    public async ValueTask DisposeAsync()
    {
        _session.Close("over");
        await _session.DisposeAsync();
    }

    void ISessionEvents.OnMessage(ManagerSession session, SessionMessage message) => _unasked.Enqueue(message);

    void ISessionEvents.OnLost(ManagerSession session, string reason)
    {
    }

    private void Send(SessionMessage message)
    {
        _session.Send(message);
        _session.Flush();
    }
}

/// <summary>One connection of an owner, with an open transaction that has changed a row.</summary>
internal sealed class Work : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private Work(string database, string gid, NpgsqlConnection connection) =>
        (Database, Gid, _connection) = (database, gid, connection);

    public string Database { get; }

    public string Gid { get; }

    public int Pid => _connection.ProcessID;

    public string Note { get; private set; } = "";

    public static async Task<Work> BeginAsync(string connection, string database, string gid, int row)
    {
        NpgsqlConnection open = new(connection + ";Pooling=false;Enlist=false");
        await open.OpenAsync();
        Work work = new(database, gid, open);
        await work.RunAsync("BEGIN");
        await work.RunAsync($"UPDATE t SET v = v + 1 WHERE id = {row}");
        await using NpgsqlCommand xid = new("SELECT pg_current_xact_id()::text", open);
        work.Note = $"pid={open.ProcessID};xid={await xid.ExecuteScalarAsync()}";
        return work;
    }

    public Task PrepareAsync() => RunAsync($"PREPARE TRANSACTION '{Gid}'");

    public Task CommitAsync() => RunAsync($"COMMIT PREPARED '{Gid}'");

    public async Task RunAsync(string sql)
    {
        await using NpgsqlCommand command = new(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
