using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.CcrManager.Operator;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ccr.CcrManager.Tests;

/// <summary>The host's rules, with a core that does what the test says.</summary>
public sealed class LaneHostTests
{
    private static readonly AtomicActionId s_action =
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(1, 1));

    private readonly FakeSurroundings _around = new();

    [Fact]
    public void ADepartureWaitsUntilItsRecordIsForced()
    {
        LaneHost lane = _around.Lane((input, batch) =>
        {
            if (input is TransOpenReceived)
            {
                batch.Add(new Append(new Forget(s_action, null, Outcome.Committed), true));
                batch.Add(new SendToNode(NodeName.Parse("osaka"), new Ping(1), 1));
                batch.Add(new SendToNode(NodeName.Parse("osaka"), new Ping(2), 0));
            }
        });
        lane.Post(Open());
        Assert.Single(_around.Handed);
        Assert.Empty(_around.SentToNodes);
        lane.Post(new LogForced(1));
        Assert.Equal([1, 2], _around.SentToNodes.Cast<Ping>().Select(ping => ping.Reference));
    }

    [Fact]
    public void AllRecordsOfOneTurnAreHandedOverAtOnceAndInOrder()
    {
        long next = 0;
        LaneHost lane = _around.Lane((input, batch) =>
        {
            if (input is TransOpenReceived)
            {
                batch.Add(new Append(new OperatorNote(next++, "", ""), false));
            }
        });
        for (int i = 0; i < 10; i++)
        {
            lane.Enqueue(Open());
        }

        lane.Kick();
        Assert.Single(_around.Handed);
        Assert.Equal(
            Enumerable.Range(0, 10).Select(i => (long)i),
            _around.Handed[0].Cast<OperatorNote>().Select(note => note.TimeUs));
    }

    [Fact]
    public void ADeadlineComesBackAtItsTime()
    {
        List<Input> seen = [];
        LaneHost lane = _around.Lane((input, batch) =>
        {
            seen.Add(input);
            if (input is TransOpenReceived)
            {
                batch.Add(new SetDeadline(new DeadlineId(5), 100));
                batch.Add(new SetDeadline(new DeadlineId(6), 50));
                batch.Add(new ClearDeadline(new DeadlineId(6)));
            }
        });
        lane.Post(Open());
        _around.Time.Advance(99);
        Assert.Single(seen);
        _around.Time.Advance(1);
        Assert.Equal(new DeadlineReached(new DeadlineId(5)), seen[1]);
    }

    [Fact]
    public void AnExceptionNamesItsActionAndNothingLeavesTheLaneAnyMore()
    {
        LaneHost lane = _around.Lane((input, batch) =>
        {
            batch.Add(new SendToNode(NodeName.Parse("osaka"), new Ping(1), 0));
            Invariant.Holds(input is not TransOpenReceived, "an impossible state");
        });
        lane.Post(Open());
        Assert.Equal(s_action, _around.Poisoned);
        lane.Post(new Admission(null));
        Assert.Empty(_around.SentToNodes);
    }

    [Fact]
    public void AfterALogFailureTheLaneAnswersNobody()
    {
        LaneHost lane = _around.Lane((_, batch) => batch.Add(new SendToNode(NodeName.Parse("osaka"), new Ping(1), 0)));
        lane.Post(new LogFailed("the disk is gone"));
        lane.Post(Open());
        Assert.Empty(_around.SentToNodes);
    }

    private static TransOpenReceived Open() => new(new SessionId(1), new TransOpen(1, [], 0), s_action);

    private sealed class FakeSurroundings : ILaneLog, ILaneWorld, IManagerFailure
    {
        public ManualTime Time { get; } = new();

        public List<List<LogContent>> Handed { get; } = [];

        public List<LinkMessage> SentToNodes { get; } = [];

        public AtomicActionId? Poisoned { get; private set; }

        public LaneHost Lane(Action<Input, List<Output>> step)
        {
            TraceStore trace = new(null, NodeName.Parse("tokyo"), 0, NullLogger.Instance);
            LaneSurroundings around = new(this, this, trace, Time, Failpoints.None, this);
            return new LaneHost(0, new FakeCore(step), around);
        }

        public void Hand(int lane, IReadOnlyList<(LogContent Content, bool Forced)> records) =>
            Handed.Add([.. records.Select(record => record.Content)]);

        public Ccr.Transport.FramedConnection? ConnectionOf(LinkId link) => null;

        public Ccr.Transport.FramedConnection? ConnectionOf(SessionId session) => null;

        public void SendToNode(NodeName node, LinkMessage message) => SentToNodes.Add(message);

        public void Connect(int lane, ConnectTo wanted)
        {
        }

        public void Locate(int lane, LocateServer wanted)
        {
        }

        public void Impossible(Input input, IReadOnlyList<Output> begun, Exception exception) =>
            Poisoned = InputSubject.Of(input, begun);
    }

    private sealed class FakeCore(Action<Input, List<Output>> step) : ILaneCore
    {
        public int Live => 0;

        public int Unfinished => 0;

        public void Step(Input input, List<Output> batch) => step(input, batch);

        public IReadOnlyList<ActionStatus> Describe(AtomicActionId? one, bool held) => [];

        public IEnumerable<(string Name, long Value)> Counters() => [];
    }
}
