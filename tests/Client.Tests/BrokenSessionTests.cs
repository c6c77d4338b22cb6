using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client.Tests;

public sealed class BrokenSessionTests
{
    [Fact]
    public async Task A_session_that_breaks_before_TransClose_means_rolled_back_and_later_calls_connect_again()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, _) = await ActionTests.OpenAsync(client, session);
        (AtomicAction other, _) = await ActionTests.OpenAsync(client, session);
        Task<ServerPlace> extending = other.TransOpenSubAsync("nagoya.files");
        await session.ExpectAsync<TransOpenSub>();
        session.Close();
        await Assert.ThrowsAsync<CcrManagerLostException>(() => extending);

        CcrOutcome outcome = await action.TransCloseAsync();
        Assert.False(outcome.IsCommitted);
        Assert.Equal(RefusalCode.AssociationLost, outcome.Refusal!.Code);
        await other.DisposeAsync();

        Task<(AtomicAction, AtomicActionId)> again = OpenOnNewSessionAsync(client, manager);
        await again;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_that_breaks_after_TransClose_is_asked_for_the_outcome_until_it_is_told(bool committed)
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await ActionTests.OpenAsync(client, session);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        TransClose close = await session.ExpectAsync<TransClose>();
        session.CutWithin(new DoneCommit(close.Reference, id, [])); // an answer that is not whole is no answer

        FakeSession second = await manager.AcceptAsync();
        AskOutcome ask = await second.ExpectAsync<AskOutcome>(); // and never TransClose again (SEM-15)
        second.Say(new OutcomeIs(ask.Reference, id, Outcome.Active, []));
        ask = await second.ExpectAsync<AskOutcome>();
        second.Close();
        FakeSession third = await manager.AcceptAsync();
        ask = await third.ExpectAsync<AskOutcome>();
        third.Say(new RequestRefused(ask.Reference, Names.Refusal(RefusalCode.RetryLater)));
        ask = await third.ExpectAsync<AskOutcome>();
        third.Say(new OutcomeIs(ask.Reference, id, committed ? Outcome.Committed : Outcome.RolledBack, []));

        CcrOutcome outcome = await closing;
        Assert.Equal(committed, outcome.IsCommitted);
        Assert.True(outcome.WasAskedFor);
        Assert.Equal([id], (await third.ExpectAsync<Acknowledge>()).Actions);
    }

    [Fact]
    public async Task No_record_of_the_action_is_final()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        (Task<CcrOutcome> closing, FakeSession second, AskOutcome ask) = await BreakInCloseAsync(client, manager);
        second.Say(new RequestRefused(ask.Reference, Names.Refusal(RefusalCode.UnknownAction)));
        Assert.False((await closing).IsCommitted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_forgotten_outcome_is_unknown_for_ever(bool refused)
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        (Task<CcrOutcome> closing, FakeSession second, AskOutcome ask) = await BreakInCloseAsync(client, manager);
        second.Say(refused
            ? new RequestRefused(ask.Reference, Names.Refusal(RefusalCode.OutcomeForgotten))
            : new OutcomeIs(ask.Reference, ask.Action, Outcome.Forgotten, []));
        CcrOutcomeUnknownException e = await Assert.ThrowsAsync<CcrOutcomeUnknownException>(() => closing);
        Assert.Equal(ask.Action, e.Action);
    }

    [Fact]
    public async Task When_patience_ends_the_outcome_is_unknown()
    {
        await using FakeManager manager = new();
        CcrClientOptions options = new() { OutcomePatience = TimeSpan.FromMilliseconds(200) };
        await using CcrClient client = await ActionTests.ConnectAsync(manager, options);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await ActionTests.OpenAsync(client, session);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        await session.ExpectAsync<TransClose>();
        await manager.StopAsync();
        CcrOutcomeUnknownException e = await Assert.ThrowsAsync<CcrOutcomeUnknownException>(() => closing);
        Assert.Equal(id, e.Action);
        Assert.Contains("may be committed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_the_wait_is_not_a_no_and_nothing_is_acknowledged()
    {
        await using FakeManager manager = new();
        CcrClient client = await ActionTests.ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, AtomicActionId id) = await ActionTests.OpenAsync(client, session);
        using CancellationTokenSource cancel = new();
        Task<CcrOutcome> closing = action.TransCloseAsync(cancellation: cancel.Token);
        TransClose close = await session.ExpectAsync<TransClose>();
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<CcrOutcomeUnknownException>(() => closing);
        session.Say(new DoneCommit(close.Reference, id, []));
        await action.DisposeAsync();

        Task<OutcomeIs> asking = client.AskOutcomeAsync(id);
        AskOutcome ask = await session.ExpectAsync<AskOutcome>();
        session.Say(new OutcomeIs(ask.Reference, id, Outcome.Committed, []));
        Assert.Equal(Outcome.Committed, (await asking).Outcome);
        await client.DisposeAsync();
        await session.ExpectEndAsync();
    }

    [Fact]
    public async Task A_client_that_connects_before_the_manager_is_there_waits_for_it()
    {
        await using FakeManager manager = new(start: false);
        TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CcrClientOptions options = new() { Log = _ => failed.TrySetResult() };
        Task<CcrClient> connecting = CcrClient.ConnectAsync(manager.Socket, options);
        await failed.Task.WaitAsync(FakeManager.Patience);
        manager.Start();
        await using CcrClient client = await connecting.WaitAsync(FakeManager.Patience);
        Assert.Equal(manager.Identity, client.Manager);
    }

    [Fact]
    public async Task A_manager_that_is_not_there_is_named_with_what_to_do()
    {
        await using FakeManager manager = new(start: false);
        CcrClientOptions options = new() { ConnectAttempts = 2 };
        CcrManagerLostException e = await Assert.ThrowsAsync<CcrManagerLostException>(
            () => CcrClient.ConnectAsync(manager.Socket, options));
        Assert.Contains("Is the service started", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manager_of_another_version_or_that_refuses_is_told_at_once()
    {
        await using FakeManager manager = new();
        manager.OnHello = h => new Welcome(h.Version + 1, manager.Identity);
        CcrRefusedException version = await Assert.ThrowsAsync<CcrRefusedException>(
            () => CcrClient.ConnectAsync(manager.Socket));
        Assert.Contains("version 2", version.Message, StringComparison.Ordinal);
        manager.OnHello = _ => new RequestRefused(0, Names.Refusal(RefusalCode.NotPermitted));
        CcrRefusedException refused = await Assert.ThrowsAsync<CcrRefusedException>(
            () => CcrClient.ConnectAsync(manager.Socket));
        Assert.Equal(RefusalCode.NotPermitted, refused.Refusal.Code);
    }

    [Fact]
    public async Task Garbage_from_the_manager_ends_the_session_and_nothing_else()
    {
        await using FakeManager manager = new();
        TaskCompletionSource<string> logged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CcrClient client = await ActionTests.ConnectAsync(
            manager, new CcrClientOptions { Log = line => logged.TrySetResult(line) });
        FakeSession session = await manager.AcceptAsync();
        session.SayOctets(0x04, 0x03, 1, 2, 3);
        string line = await logged.Task.WaitAsync(FakeManager.Patience);
        Assert.Contains("no Session-message", line, StringComparison.Ordinal);
        await OpenOnNewSessionAsync(client, manager);
    }

    private static async Task<(AtomicAction, AtomicActionId)> OpenOnNewSessionAsync(
        CcrClient client, FakeManager manager)
    {
        Task<AtomicAction> opening = client.TransOpenAsync(["tokyo.files"]);
        FakeSession session = await manager.AcceptAsync();
        SessionMessage first = await session.NextAsync(); // an acknowledgement may ride along
        TransOpen open = first as TransOpen ?? await session.ExpectAsync<TransOpen>();
        AtomicActionId id = manager.NextAction();
        session.Say(new TransOpenAck(open.Reference, id, []));
        return (await opening, id);
    }

    private static async Task<(Task<CcrOutcome> Closing, FakeSession Second, AskOutcome Ask)> BreakInCloseAsync(
        CcrClient client, FakeManager manager)
    {
        FakeSession session = await manager.AcceptAsync();
        (AtomicAction action, _) = await ActionTests.OpenAsync(client, session);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        await session.ExpectAsync<TransClose>();
        session.Close();
        FakeSession second = await manager.AcceptAsync();
        return (closing, second, await second.ExpectAsync<AskOutcome>());
    }
}
