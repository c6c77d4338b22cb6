using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>A disk fails under an embedded manager: nobody is answered, and no process ends (SEM-17).</summary>
public sealed class EmbeddedFailureTests : IAsyncDisposable
{
    private readonly OneRoot _root = new();
    private volatile bool _diskIsGone;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _root.DisposeAsync();

    [Fact]
    public async Task ItAnswersNobodyAsksTheHostToStopAndIsAdoptedAfterwards()
    {
        EmbeddedCcrManager manager = await _root.StartAsync(parts: FailingParts());
        EmbeddedCcrManager neighbour = await _root.StartAsync();
        await using var a = await OneRoot.ServerAsync(manager.SocketPath, "a", RawPeers.Obedient);
        await using var b = await OneRoot.ServerAsync(manager.SocketPath, "b", RawPeers.Obedient);
        await using var client = await OneRoot.SessionAsync(manager.SocketPath, SessionRole.Client);
        client.Say(new TransOpen(1, ["a", "b"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        client.Say(new TransOpen(2, ["a", "b"], 0));
        await client.ExpectAsync<TransOpenAck>();

        _diskIsGone = true;
        client.Say(new TransClose(3, ack.Action, CloseAnswer.Done));
        await _root.Lifetime.StopAsked.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains("the disk is gone", manager.Failure, StringComparison.Ordinal);

        // The decided action, the open one and a new one: none of them is answered, and no Server is told to end any.
        client.Say(new AskOutcome(4, ack.Action));
        client.Say(new TransOpen(5, ["a"], 0));
        await manager.Adoption!.LookAsync();
        await neighbour.Adoption!.LookAsync();
        Assert.Empty(neighbour.Adopted); // its process still runs
        await manager.StopAsync(CancellationToken.None);
        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(
            () => client.ExpectAsync<SessionMessage>());
        Assert.Contains("closed", ended.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => a.ExpectAsync<SessionMessage>());

        await neighbour.Adoption.LookAsync();
        Assert.Equal("shop-1", Assert.Single(neighbour.Adopted).Node.Value);
    }

    [Fact]
    public async Task AnAdoptedLogThatFailsAsksNobodyToStopAndIsTriedAgain()
    {
        EmbeddedCcrManager dead = await _root.StartAsync();
        EmbeddedCcrManager neighbour = await _root.StartAsync(parts: FailingParts());
        string socket = dead.SocketPath;
        FoundBranch[] found = await OneRoot.DecideAsync(dead);
        await dead.DisposeAsync();
        await neighbour.Adoption!.LookAsync();
        Assert.Single(neighbour.Adopted);

        await using (await OneRoot.ServerAsync(socket, "a", RawPeers.Obedient, found[0]))
        await using (await OneRoot.ServerAsync(socket, "b", RawPeers.Obedient, found[1]))
        await using (var client = await OneRoot.SessionAsync(socket, SessionRole.Client))
        {
            client.Say(new TransOpen(1, ["a", "b"], 0));
            TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
            _diskIsGone = true;
            client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
            await Eventually.HoldsAsync(
                () => neighbour.Adoption.Adopted is [{ Runtime.Failure: not null }], "the decision cannot be forced");
        }

        _diskIsGone = false;
        await OneRoot.UntilAsync(neighbour, () => neighbour.Adopted is [{ Epoch: 3 }], "it is adopted again");
        await _root.Log.WaitForAsync("shop-1, whose process has ended, cannot be run here");
        Assert.False(_root.Lifetime.StopAsked.IsCompleted);
        Assert.Null(neighbour.Failure);
    }

    private ManagerParts FailingParts() => ManagerParts.Real with
    {
        OpenLog = (options, layout, logger) =>
            new FailingLog(ManagerParts.Real.OpenLog(options, layout, logger), () => _diskIsGone),
    };

    /// <summary>A log whose disk can be taken away.</summary>
    private sealed class FailingLog(IAtomicActionLog log, Func<bool> isGone) : IAtomicActionLog
    {
        public ManagerIdentity Self => log.Self;

        public IReadOnlyList<LogContent> Recovered => log.Recovered;

        public bool IsFull => log.IsFull;

        public void Append(LogContent content)
        {
            Check();
            log.Append(content);
        }

        public void Force()
        {
            Check();
            log.Force();
        }

        public void Dispose() => log.Dispose();

        private void Check()
        {
            if (isGone())
            {
                throw new LogFailedException("the disk is gone");
            }
        }
    }
}
