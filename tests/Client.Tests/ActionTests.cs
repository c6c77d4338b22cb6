using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client.Tests;

public sealed class ActionTests
{
    private static readonly string[] Servers = ["tokyo.files", "osaka.files"];

    [Fact]
    public async Task An_action_is_opened_extended_and_closed_and_its_outcome_acknowledged_with_the_next_message()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        Assert.Equal(SessionRole.Client, session.Hello!.Role);

        (AtomicAction action, AtomicActionId id) = await OpenAsync(client, session);
        Assert.Equal(id, action.Id);
        Assert.Equal("unix:/osaka.files", action.PlaceOf("osaka.files").Begun!.Addresses[0]);
        Assert.Throws<InvalidOperationException>(() => action.PlaceOf("kyoto.files"));

        Task<ServerPlace> extending = action.TransOpenSubAsync("nagoya.files");
        TransOpenSub sub = await session.ExpectAsync<TransOpenSub>();
        Assert.Null(sub.Branch);
        session.Say(new TransOpenSubAck(sub.Reference, id, Names.Place(sub.Server, 9)));
        Assert.Equal("nagoya", (await extending).Node.Value);
        Assert.Equal(3, action.Places.Count);

        CcrOutcome outcome = await CommitAsync(action, session);
        Assert.True(outcome.IsCommitted);
        Assert.False(outcome.WasAskedFor);
        await action.DisposeAsync(); // over: nothing is sent

        Task<AtomicAction> next = client.TransOpenAsync(Servers);
        Assert.Equal([id], (await session.ExpectAsync<Acknowledge>()).Actions);
        await session.OpenAsync();
        await next;
    }

    [Fact]
    public async Task An_outcome_is_acknowledged_alone_after_a_short_delay()
    {
        ManualTime time = new();
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager, new CcrClientOptions { Time = time });
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await OpenAsync(client, session);
        await CommitAsync(action, session);
        await time.PassAsync(ClientLimits.AcknowledgeDelay);
        Assert.Equal([id], (await session.ExpectAsync<Acknowledge>()).Actions);
    }

    [Fact]
    public async Task An_outcome_is_acknowledged_at_the_end_of_the_client()
    {
        await using FakeManager manager = new();
        CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await OpenAsync(client, session);
        await CommitAsync(action, session);
        await client.DisposeAsync();
        Assert.Equal([id], (await session.ExpectAsync<Acknowledge>()).Actions);
        await session.ExpectEndAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.TransOpenAsync(Servers));
    }

    [Fact]
    public async Task A_Server_that_could_not_begin_refuses_the_action_and_the_rest_is_rolled_back()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        Task<AtomicAction> opening = client.TransOpenAsync(Servers);
        TransOpen open = await session.ExpectAsync<TransOpen>();
        ServerPlace refused = new(Servers[1], NodeName.Parse("osaka"), null, Names.Refusal(RefusalCode.NoSuchServer));
        AtomicActionId id = manager.NextAction();
        session.Say(new TransOpenAck(open.Reference, id, [Names.Place(Servers[0], 0), refused]));
        TransRollback rollback = await session.ExpectAsync<TransRollback>();
        session.Say(new RolledBack(rollback.Reference, id, Names.Refusal(RefusalCode.Asked), []));
        CcrRefusedException e = await Assert.ThrowsAsync<CcrRefusedException>(() => opening);
        Assert.Equal(RefusalCode.NoSuchServer, e.Refusal.Code);
    }

    [Fact]
    public async Task A_refused_TransOpen_is_told_with_its_reason()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        Task<AtomicAction> opening = client.TransOpenAsync(Servers, TimeSpan.FromSeconds(3));
        TransOpen open = await session.ExpectAsync<TransOpen>();
        Assert.Equal(3000, open.TimeoutMs);
        session.Say(new RequestRefused(open.Reference, Names.Refusal(RefusalCode.LogFull)));
        Assert.Equal(RefusalCode.LogFull, (await Assert.ThrowsAsync<CcrRefusedException>(() => opening)).Refusal.Code);
    }

    [Fact]
    public async Task An_action_that_opens_after_its_caller_gave_up_is_rolled_back()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        using CancellationTokenSource giveUp = new();
        Task<AtomicAction> opening = client.TransOpenAsync(Servers, cancellation: giveUp.Token);
        TransOpen open = await session.ExpectAsync<TransOpen>();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        AtomicActionId id = manager.NextAction();
        session.Say(new TransOpenAck(open.Reference, id, []));
        Assert.Equal(id, (await session.ExpectAsync<TransRollback>()).Action);
    }

    [Fact]
    public async Task An_action_that_is_not_closed_is_rolled_back_at_its_end()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await OpenAsync(client, session);
        Task disposing = action.DisposeAsync().AsTask();
        TransRollback rollback = await session.ExpectAsync<TransRollback>();
        session.Say(new RolledBack(rollback.Reference, id, Names.Refusal(RefusalCode.Asked), []));
        await disposing;
        Assert.Throws<CcrRefusedException>(() => action.BeginRequest());
        Assert.False((await action.RollbackAsync()).IsCommitted); // a second time: nothing is sent
    }

    [Fact]
    public async Task TransClose_is_refused_while_requests_are_outstanding()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, _) = await OpenAsync(client, session);
        ActionRequest request = action.BeginRequest();
        InvalidOperationException e =
            await Assert.ThrowsAsync<InvalidOperationException>(() => action.TransCloseAsync());
        Assert.Contains("not answered yet", e.Message, StringComparison.Ordinal);
        request.Answered();
        request.Dispose();
        Assert.True((await CommitAsync(action, session)).IsCommitted);
        Assert.Throws<InvalidOperationException>(() => action.BeginRequest());
        await Assert.ThrowsAsync<InvalidOperationException>(() => action.TransCloseAsync());
    }

    [Fact]
    public async Task A_request_without_an_answer_makes_the_action_rollback_only()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await OpenAsync(client, session);
        action.BeginRequest().Dispose();
        Assert.Throws<CcrRefusedException>(() => action.BeginRequest());
        Task<CcrOutcome> closing = action.TransCloseAsync();
        TransRollback rollback = await session.ExpectAsync<TransRollback>();
        session.Say(new RolledBack(rollback.Reference, id, Names.Refusal(RefusalCode.Asked), []));
        CcrOutcome outcome = await closing;
        Assert.Equal(RefusalCode.AssociationLost, outcome.Refusal!.Code);
        Assert.True(CcrRetry.IsPassing(outcome.Refusal));
    }

    [Fact]
    public async Task A_rollback_that_nobody_asked_for_is_told_by_the_next_call()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        Task<AtomicAction> opening = client.TransOpenAsync(Servers);
        AtomicActionId id = await session.OpenAsync();
        session.Say(new RolledBack(0, id, Names.Refusal(RefusalCode.Deadlock), [])); // at once after the answer
        AtomicAction action = await opening;
        Task<AtomicAction> after = client.TransOpenAsync(Servers); // its answer comes after the rollback
        await session.OpenAsync();
        await after;
        Assert.Equal(RefusalCode.Deadlock, action.RolledBackBecause!.Code);
        Assert.Throws<CcrRefusedException>(() => action.BeginRequest());
        Assert.Equal(RefusalCode.Deadlock, (await action.TransCloseAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task A_rollback_that_crosses_TransClose_is_its_answer()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await OpenAsync(client, session);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        await session.ExpectAsync<TransClose>();
        session.Say(new RolledBack(0, id, Names.Refusal(RefusalCode.Timeout), []));
        Assert.Equal(RefusalCode.Timeout, (await closing).Refusal!.Code);
    }

    [Fact]
    public async Task A_refused_TransClose_leaves_the_action_open()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, _) = await OpenAsync(client, session);
        Task<CcrOutcome> closing = action.TransCloseAsync(CloseAnswer.Decided);
        TransClose close = await session.ExpectAsync<TransClose>();
        Assert.Equal(CloseAnswer.Decided, close.Answer);
        session.Say(new RequestRefused(close.Reference, Names.Refusal(RefusalCode.WrongState)));
        await Assert.ThrowsAsync<CcrRefusedException>(() => closing);
        Assert.True((await CommitAsync(action, session)).IsCommitted);
    }

    [Fact]
    public async Task Many_actions_share_one_connection()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        const int actions = 200;
        Task<CcrOutcome>[] running = [.. Enumerable.Range(0, actions).Select(_ => Task.Run(async () =>
        {
            await using AtomicAction action = await client.TransOpenAsync(Servers);
            return await action.TransCloseAsync();
        }))];
        HashSet<AtomicActionId> acknowledged = [];
        for (int closed = 0; closed < actions || acknowledged.Count < actions;)
        {
            switch (await session.NextAsync())
            {
                case TransOpen open:
                    session.Say(new TransOpenAck(open.Reference, manager.NextAction(), []));
                    break;
                case TransClose close:
                    closed++;
                    session.Say(new DoneCommit(close.Reference, close.Action, []));
                    break;
                case Acknowledge acknowledge:
                    acknowledged.UnionWith(acknowledge.Actions);
                    break;
                case SessionMessage other:
                    Assert.Fail($"unexpected {other}");
                    break;
            }
        }

        Assert.All(await Task.WhenAll(running), outcome => Assert.True(outcome.IsCommitted));
    }

    internal static Task<CcrClient> ConnectAsync(FakeManager manager, CcrClientOptions? options = null) =>
        CcrClient.ConnectAsync(manager.Socket, options).WaitAsync(FakeManager.Patience);

    internal static async Task<(AtomicAction Action, AtomicActionId Id)> OpenAsync(
        CcrClient client, FakeSession session)
    {
        Task<AtomicAction> opening = client.TransOpenAsync(Servers);
        AtomicActionId id = await session.OpenAsync();
        return (await opening, id);
    }

    internal static async Task<CcrOutcome> CommitAsync(AtomicAction action, FakeSession session)
    {
        Task<CcrOutcome> closing = action.TransCloseAsync();
        TransClose close = await session.ExpectAsync<TransClose>();
        Assert.Equal(action.Id, close.Action);
        session.Say(new DoneCommit(close.Reference, close.Action, []));
        return await closing;
    }
}
