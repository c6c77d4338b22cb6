using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client.Tests;

public sealed class RetryTests
{
    private static readonly string[] Servers = ["tokyo.files"];
    private static readonly CcrRetryOptions Quick = new() { PauseMin = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task A_victim_of_a_deadlock_is_tried_again_as_a_new_action()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        List<AtomicActionId> worked = [];
        Task<CcrRetryResult> running = CcrRetry.RunAsync(
            client, Servers,
            (action, _) =>
            {
                worked.Add(action.Id);
                return worked.Count == 1
                    ? Task.FromException(new CcrRefusedException(Names.Refusal(RefusalCode.Deadlock)))
                    : Task.CompletedTask;
            },
            Quick);
        while (!running.IsCompleted && worked.Count < 4)
        {
            switch (await session.NextAsync())
            {
                case TransOpen open:
                    session.Say(new TransOpenAck(open.Reference, manager.NextAction(), []));
                    break;
                case TransRollback back:
                    session.Say(new RolledBack(back.Reference, back.Action, Names.Refusal(RefusalCode.Asked), []));
                    break;
                case TransClose close when worked.Count == 2:
                    Refusal lost = Names.Refusal(RefusalCode.ServerLost);
                    session.Say(new RolledBack(close.Reference, close.Action, lost, []));
                    break;
                case TransClose close:
                    session.Say(new DoneCommit(close.Reference, close.Action, []));
                    await running;
                    break;
            }
        }

        CcrRetryResult result = await running;
        Assert.True(result.Outcome.IsCommitted);
        Assert.Equal(2, result.Retries);
        Assert.Equal([RefusalCode.Deadlock, RefusalCode.ServerLost], result.Refusals.Select(r => r.Code));
        Assert.Equal(3, worked.Distinct().Count());
    }

    [Fact]
    public async Task A_refusal_that_no_new_attempt_cures_is_told_at_once()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        Task<CcrRetryResult> running = CcrRetry.RunAsync(client, Servers, static (_, _) =>
            Task.FromException(new CcrRefusedException(new Refusal(RefusalCode.Resource, "not enough money"))), Quick);
        AtomicActionId id = await session.OpenAsync();
        TransRollback back = await session.ExpectAsync<TransRollback>();
        session.Say(new RolledBack(back.Reference, id, Names.Refusal(RefusalCode.Asked), []));
        CcrRetryResult result = await running;
        Assert.Equal("not enough money", result.Outcome.Refusal!.Text);
        Assert.Equal(0, result.Retries);
    }

    [Fact]
    public async Task The_limit_of_retries_is_kept()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        Task<CcrRetryResult> running = CcrRetry.RunAsync(
            client, Servers, static (_, _) => Task.CompletedTask, Quick with { RetriesMax = 3 });
        for (int i = 0; i < 4; i++)
        {
            TransOpen open = await NextAsync<TransOpen>(session);
            session.Say(new RequestRefused(open.Reference, Names.Refusal(RefusalCode.NodeUnreachable)));
        }

        CcrRetryResult result = await running;
        Assert.Equal(3, result.Retries);
        Assert.Equal(RefusalCode.NodeUnreachable, result.Outcome.Refusal!.Code);
    }

    [Fact]
    public async Task An_unknown_outcome_is_never_tried_again()
    {
        await using FakeManager manager = new();
        CcrClientOptions options = new() { OutcomePatience = TimeSpan.FromMilliseconds(100) };
        await using CcrClient client = await ActionTests.ConnectAsync(manager, options);
        FakeSession session = await manager.AcceptAsync();
        int worked = 0;
        Task<CcrRetryResult> running = CcrRetry.RunAsync(client, Servers, (_, _) =>
        {
            worked++;
            return Task.CompletedTask;
        }, Quick);
        await session.OpenAsync();
        await session.ExpectAsync<TransClose>();
        await manager.StopAsync();
        await Assert.ThrowsAsync<CcrOutcomeUnknownException>(() => running);
        Assert.Equal(1, worked);
    }

    [Fact]
    public async Task An_error_of_the_work_rolls_back_and_goes_to_the_caller()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await ActionTests.ConnectAsync(manager);
        FakeSession session = await manager.AcceptAsync();
        Task<CcrRetryResult> running = CcrRetry.RunAsync(
            client, Servers, static (_, _) => throw new FormatException("a bug of the work"), Quick);
        AtomicActionId id = await session.OpenAsync();
        TransRollback back = await session.ExpectAsync<TransRollback>();
        session.Say(new RolledBack(back.Reference, id, Names.Refusal(RefusalCode.Asked), []));
        await Assert.ThrowsAsync<FormatException>(() => running);
    }

    [Fact]
    public void Pauses_grow_with_jitter_up_to_a_limit()
    {
        CcrRetryOptions low = new() { Jitter = static () => 0 };
        CcrRetryOptions high = new() { Jitter = static () => 1 };
        Assert.Equal(5, CcrRetry.PauseBefore(1, low).TotalMilliseconds);
        Assert.Equal(15, CcrRetry.PauseBefore(1, high).TotalMilliseconds);
        Assert.Equal(40, CcrRetry.PauseBefore(4, low).TotalMilliseconds);
        Assert.Equal(3000, CcrRetry.PauseBefore(1000, high).TotalMilliseconds);
    }

    /// <summary>The next message of this kind; acknowledgements that ride along are passed over.</summary>
    private static async Task<T> NextAsync<T>(FakeSession session)
        where T : SessionMessage
    {
        while (true)
        {
            SessionMessage next = await session.NextAsync();
            if (next is not Acknowledge)
            {
                return Assert.IsType<T>(next);
            }
        }
    }
}
