using Ccr.Protocol.Messages;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>A wall clock that is set by days, back and forth, changes nothing: waits are of monotonic time.</summary>
public sealed class JumpingClockTests
{
    [Fact]
    public async Task ActionsCommitAndNothingTimesOut()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync(time: new JumpingTime());
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        const int Actions = 40;
        for (int i = 0; i < Actions; i++)
        {
            client.Say(new TransOpen(2 * i, ["tokyo.files", "osaka.files"], 60_000));
            TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
            client.Say(new TransClose((2 * i) + 1, ack.Action, CloseAnswer.Done));
            await client.ExpectAsync<DoneCommit>();
        }

        Status status = await nodes.Tokyo.StatusAsync();
        Assert.Equal(Actions, status.Count("committed"));
        Assert.Equal(0, status.Count("rolledBack"));
        Assert.Equal(Actions, status.Count("keptOutcomes")); // no retention of a day is over
        Assert.InRange(status.UpMs, 0, 600_000);
    }

    [Fact]
    public async Task AnActionThatIsNotClosedInTimeIsRolledBack()
    {
        TaskCompletionSource undone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TwoNodes nodes = await TwoNodes.StartAsync(
            osakaServer: message =>
            {
                _ = message is RollbackBranch && undone.TrySetResult();
                return RawPeers.Obedient(message);
            },
            time: new JumpingTime());
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 1_000));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        await undone.Task.WaitAsync(TimeSpan.FromSeconds(30));
        client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
        await client.ExpectAsync<RolledBack>();
    }

    [Fact]
    public async Task ATraceIsWholeAndEachNodesEventsKeepTheirOrder()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync(time: new JumpingTime());
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
        await client.ExpectAsync<DoneCommit>();
        Trace trace = await nodes.Tokyo.TraceAsync(ack.Action);
        while (!trace.Events.Any(one => one is { To: "client", What: "DoneCommit" })
            || !trace.Events.Any(one => one is { Node.Value: "osaka", What: "C-COMMIT-RC" }))
        {
            trace = await nodes.Tokyo.TraceAsync(ack.Action); // what left is written down a moment after it has left
        }

        string[] atTokyo = [.. trace.Events.Where(one => one.Node.Value == "tokyo").Select(one => one.What)];
        string[] wanted = ["TransOpen", "C-BEGIN-RI", "C-PREPARE-RI", "C-COMMIT-RI", "DoneCommit"];
        Assert.Equal(wanted, atTokyo.Where(wanted.Contains).Distinct());
    }
}
