using System.Globalization;
using Ccr.Protocol.Messages;
using Ccr.TestSupport;

namespace Ccr.Client.Tests;

/// <summary>Client and Server APIs with a real manager between them, and the sample Server as a real process.</summary>
public sealed class RealManagerTests
{
    [Fact]
    public async Task The_sample_Server_counts_what_committed_over_kills_and_restarts()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
        await using CcrServer other = Serve(manager, "tokyo.other", new FakeResource());
        await other.Registered.WaitAsync(FakeManager.Patience);
        int committed = 0;
        for (int start = 0; start < 3; start++)
        {
            using SampleProcess counter = new("counter-server", "tokyo", manager.Folder);
            Assert.Equal($"tokyo.counter is at {committed}", await counter.LineAsync());
            committed += await CommitAsync(client, "tokyo.counter"); // decided alone (SEM-5)
            committed += await CommitAsync(client, "tokyo.counter", "tokyo.other");
            await using (AtomicAction undone = await client.TransOpenAsync(["tokyo.counter"]))
            {
                Assert.False((await undone.RollbackAsync()).IsCommitted);
            }

            await counter.KillAsync();
        }

        Assert.Equal(6, committed);
    }

    [Fact]
    public async Task A_Server_killed_while_the_others_vote_counts_exactly_what_the_client_is_told()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
        SampleProcess? counter = null;
        FakeResource killer = new();
        killer.OnPrepare = async _ =>
        {
            await counter!.KillAsync(); // before or after its Ready, as it comes
            return BranchVote.Ready;
        };
        await using CcrServer other = Serve(manager, "tokyo.other", killer);
        await other.Registered.WaitAsync(FakeManager.Patience);
        int committed = 0;
        for (int round = 0; round < 3; round++)
        {
            counter = await CountedAsync(manager, committed);
            await using AtomicAction action = await client.TransOpenAsync(["tokyo.counter", "tokyo.other"]);
            CcrOutcome outcome = await action.TransCloseAsync(CloseAnswer.Decided).WaitAsync(FakeManager.Patience);
            committed += outcome.IsCommitted ? 1 : 0;
            counter.Dispose();
        }

        (await CountedAsync(manager, committed)).Dispose();
    }

    [Fact]
    public async Task An_outcome_is_learnt_from_a_manager_that_died_and_came_back()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        FakeResource first = new(), second = new();
        TaskCompletionSource committing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<BranchEnd> commit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        first.OnCommit = _ =>
        {
            committing.TrySetResult();
            return new(commit.Task);
        };
        await using CcrServer one = Serve(manager, "tokyo.one", first);
        await using CcrServer two = Serve(manager, "tokyo.two", second);
        await Task.WhenAll(one.Registered, two.Registered).WaitAsync(FakeManager.Patience);
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
        AtomicAction action = await client.TransOpenAsync(["tokyo.one", "tokyo.two"]);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        await committing.Task.WaitAsync(FakeManager.Patience);
        await manager.CrashAsync();
        await manager.StartAsync();
        commit.SetResult(BranchEnd.Committed);
        CcrOutcome outcome = await closing.WaitAsync(FakeManager.Patience);
        Assert.True(outcome.IsCommitted);
        Assert.True(outcome.WasAskedFor);
    }

    [Fact]
    public async Task Many_clients_and_actions_at_a_time_commit()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await using CcrServer one = Serve(manager, "tokyo.one", new FakeResource());
        await using CcrServer two = Serve(manager, "tokyo.two", new FakeResource(), runsInline: true);
        await Task.WhenAll(one.Registered, two.Registered).WaitAsync(FakeManager.Patience);
        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
            {
                for (int i = 0; i < 25; i++)
                {
                    Assert.Equal(1, await CommitAsync(client, "tokyo.one", "tokyo.two"));
                }
            }));
        }))];
        await Task.WhenAll(clients).WaitAsync(FakeManager.Patience);
    }

    [Fact]
    public async Task An_unknown_Server_is_refused_in_words()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
        CcrRefusedException e = await Assert.ThrowsAsync<CcrRefusedException>(
            () => client.TransOpenAsync(["tokyo.nothing"]));
        Assert.Contains("tokyo.nothing", e.Message, StringComparison.Ordinal);
    }

    private static CcrServer Serve(
        ManagerFixture manager, string name, IBranchResource resource, bool runsInline = false) => CcrServer.Start(
        new CcrServerOptions
        {
            Name = name,
            Kind = "test",
            Incarnation = 1,
            ManagerSocket = manager.Layout.ManagerSocket,
            RunsInline = runsInline,
        },
        resource);

    /// <summary>
    /// The sample Server, when it has come to this count: it is told to commit what it found after it has printed.
    /// </summary>
    private static async Task<SampleProcess> CountedAsync(ManagerFixture manager, int expected)
    {
        for (int start = 0; start < 50; start++)
        {
            SampleProcess counter = new("counter-server", "tokyo", manager.Folder);
            int counted = int.Parse((await counter.LineAsync()).Split(' ')[^1], CultureInfo.InvariantCulture);
            if (counted == expected)
            {
                return counter;
            }

            Assert.True(counted < expected, $"{counted} counted, {expected} committed");
            counter.Dispose();
        }

        throw new TimeoutException($"{expected} were committed, and the Server never came to that count.");
    }

    private static async Task<int> CommitAsync(CcrClient client, params string[] servers)
    {
        await using AtomicAction action = await client.TransOpenAsync(servers);
        CcrOutcome outcome = await action.TransCloseAsync();
        Assert.Null(outcome.Refusal);
        return 1;
    }
}
