using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ccr.CcrManager.Tests;

/// <summary>
/// What cannot be, and what cannot be written: the manager ends, and only the culprit is set aside (SEM-16).
/// </summary>
public sealed class FailureTests
{
    [Fact]
    public async Task APoisonActionEndsTheManagerAndIsSetAsideAtTheNextStart()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await manager.StopAsync();

        AtomicActionId poisoned;
        TaskCompletionSource<(string Reason, int Code)> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ManagerRuntime runtime = await ManagerRuntime.StartAsync(
            Options(manager), ManagerParts.Real with { MakeCore = Poisonable }, TimeProvider.System,
            NullLogger.Instance, (reason, code) => ended.TrySetResult((reason, code)));
        await using (runtime)
        {
            await using var client = await manager.SessionAsync(SessionRole.Client);
            client.Say(new TransOpen(1, ["healthy"], 0));
            client.Say(new TransOpen(2, ["poison"], 0));
            (string reason, int code) = await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(ManagerFailure.CoreExitCode, code);
            poisoned = Assert.Single(HeldActions.Load(Path.Combine(manager.Folder, "held")).All);
            Assert.Contains(poisoned.ToString(), reason, StringComparison.Ordinal);
        }

        await manager.StartAsync();
        await using var @operator = await manager.SessionAsync(SessionRole.Operator);
        @operator.Say(new AskActions(1, null, true, 10));
        ActionStatus held = Assert.Single((await @operator.ExpectAsync<Ccr.Protocol.Messages.Actions>()).Items);
        Assert.Equal(poisoned, held.Action);
        Assert.Equal("Held", held.State);

        @operator.Say(new ForgetDamage(2, poisoned, "ann"));
        await @operator.ExpectAsync<Accomplished>();
        Assert.Empty(HeldActions.Load(Path.Combine(manager.Folder, "held")).All);
    }

    [Fact]
    public async Task AFailingLogEndsTheManagerWithoutAWordToAnybody()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await manager.StopAsync();

        TaskCompletionSource<(string Reason, int Code)> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ManagerParts parts = ManagerParts.Real with
        {
            OpenLog = (options, layout, logger) => new FailingLog(ManagerParts.Real.OpenLog(options, layout, logger)),
        };
        ManagerRuntime runtime = await ManagerRuntime.StartAsync(
            Options(manager), parts, TimeProvider.System, NullLogger.Instance,
            (reason, code) => ended.TrySetResult((reason, code)));
        await using (runtime)
        {
            await using var server = await manager.ServerAsync("a");
            await using var other = await manager.ServerAsync("b");
            await using var client = await manager.SessionAsync(SessionRole.Client);
            client.Say(new TransOpen(1, ["a", "b"], 0));
            TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
            client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
            (string reason, int code) = await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(ManagerFailure.LogExitCode, code);
            Assert.Contains("the disk is gone", reason, StringComparison.Ordinal);

            // Nobody is answered: the next thing that the Client sees is the end of its session.
            client.Say(new AskOutcome(3, ack.Action));
            await runtime.DisposeAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.ExpectAsync<SessionMessage>());
        }

        // What it had decided was not forced, so it is rolled back by presumption.
        await manager.StartAsync();
        Assert.Equal(0, (await manager.StatusAsync()).Count("recovered"));
    }

    [Fact]
    public async Task AnEmbeddedManagerThatFailsAsksItsApplicationToStop()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        manager.Service.Runtime!.Lanes[0].Post(new NodeReceived(NodeName.Parse("osaka"), new Ping(1)));
        await manager.Lifetime.StopAsked.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.NotNull(manager.Service.Failure);
    }

    [Fact]
    public async Task ADamagedPeersFileIsRefusedInWords()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await manager.StopAsync();
        await File.WriteAllBytesAsync(manager.Layout.PeersFile, [1, 2, 3]);
        IOException refused = await Assert.ThrowsAsync<IOException>(manager.StartAsync);
        Assert.Contains(manager.Layout.PeersFile, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoManagersOnOneFolderAreRefusedInWords()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await Assert.ThrowsAnyAsync<Exception>(() => ManagerRuntime.StartAsync(
            Options(manager), ManagerParts.Real, TimeProvider.System, NullLogger.Instance, (_, _) => { }));
        await manager.StatusAsync();
    }

    private static CcrManagerOptions Options(ManagerFixture manager) =>
        new() { Node = "tokyo", Data = manager.Folder, Lanes = 2, AllowVolatileDirectory = true };

    private static PoisonableCore Poisonable(CcrManagerOptions options, int index, int lanes, TimeProvider time) =>
        new(CoreLane.Make(options, index, lanes, time));

    /// <summary>The real core, but for one Server's name.</summary>
    private sealed class PoisonableCore(ILaneCore core) : ILaneCore
    {
        public int Live => core.Live;

        public int Unfinished => core.Unfinished;

        public void Step(Input input, List<Output> batch)
        {
            Invariant.Holds(
                input is not TransOpenReceived { Message.Servers: ["poison"] }, "no Server is called poison");
            core.Step(input, batch);
        }

        public IReadOnlyList<ActionStatus> Describe(AtomicActionId? one, bool held) => core.Describe(one, held);

        public IEnumerable<(string Name, long Value)> Counters() => core.Counters();
    }

    /// <summary>A log whose disk fails at the first record that is forced.</summary>
    private sealed class FailingLog(IAtomicActionLog log) : IAtomicActionLog
    {
        public ManagerIdentity Self => log.Self;

        public IReadOnlyList<LogContent> Recovered => log.Recovered;

        public bool IsFull => false;

        public void Append(LogContent content)
        {
        }

        public void Force() => throw new LogFailedException("the disk is gone");

        public void Dispose() => log.Dispose();
    }
}
