using Ccr.Protocol.Messages;

namespace Ccr.Simulation.Tests;

/// <summary>The simulated connections are streams of octets: they keep their order, and lose all or nothing.</summary>
public sealed class StreamModelTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.9)]
    public void Frames_arrive_whole_and_in_order_however_they_are_cut(double splitChance)
    {
        using Pair pair = new(splitChance);
        pair.Send(200);
        pair.Run(10);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), pair.Arrived);
    }

    [Fact]
    public void A_partition_holds_up_and_its_end_delivers_in_order()
    {
        using Pair pair = new(0.5);
        pair.Send(20);
        pair.World.Net.Block(0, 1);
        pair.Send(20);
        pair.Run(5);
        int before = pair.Arrived.Count;
        pair.World.Net.Unblock(0, 1);
        pair.Send(20);
        pair.Run(5);
        Assert.True(before < 60);
        Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), pair.Arrived);
    }

    [Fact]
    public void A_cut_loses_what_was_on_its_way_and_both_ends_learn_of_it_when_they_send()
    {
        using Pair pair = new(0.5);
        pair.Send(10);
        pair.World.Net.Cut(0, 1);
        pair.Run(10);
        pair.Send(1);
        pair.Run(10);
        Assert.True(pair.Arrived.Count < 10);
        Assert.True(pair.OpenerClosed);
    }

    [Fact]
    public void What_a_pause_holds_up_keeps_its_order_when_the_pause_grows()
    {
        using Pair pair = new(0.5);
        List<int> done = [];
        long nowUs = pair.World.Clock.NowUs;
        pair.Owner.Pause(nowUs + 2_000_000);
        pair.Owner.In(1_000_000, () => done.Add(1));
        pair.Owner.In(2_000_000, () => done.Add(2));
        pair.Owner.In(3_000_000, () => done.Add(3));
        pair.Owner.In(4_000_000, () => done.Add(4));
        pair.Run(1);
        pair.Owner.Pause(nowUs + 4_000_000);
        pair.Run(2);
        Assert.Empty(done);
        pair.Run(1);
        Assert.Equal([1, 2, 3, 4], done);
        pair.Owner.In(1, () => done.Add(5));
        pair.Run(1);
        Assert.Equal(5, done[^1]);
    }

    /// <summary>A connection between two programs on two machines of a world without plan.</summary>
    private sealed class Pair : IEndUser, IListener, IDisposable
    {
        private readonly Program _program;
        private readonly SimEnd _opener;
        private long _sent;

        public Pair(double splitChance)
        {
            SimPlan drawn = PlanDrawer.Draw(1, new SimulationOptions());
            World = new SimWorld(drawn with { Faults = [], Work = [] }, new SimulationOptions());
            World.Net.SplitChance = splitChance;
            World.Nodes[0].Boot();
            World.Nodes[1].Boot();
            _program = new Program(World, World.Nodes[0]);
            Owner = new Program(World, World.Nodes[1]);
            World.Net.Listen("there:1", this);
            SimEnd? opened = null;
            World.Net.Dial(_program, "there:1", this, end => opened = end, _ => { });
            Run(1);
            _opener = opened!;
        }

        public SimWorld World { get; }

        public SimProcess Owner { get; }

        public List<long> Arrived { get; } = [];

        public bool OpenerClosed { get; private set; }

        public void Send(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _opener.Send(new Ping(++_sent));
                _opener.Flush();
            }
        }

        public void Run(int seconds) => World.Clock.RunUntil(World.Clock.NowUs + (seconds * 1_000_000L));

        public IEndUser Accept(SimEnd end) => this;

        public void OnFrame(SimEnd end, ReadOnlySpan<byte> frame) =>
            Arrived.Add(((Ping)LinkMessage.Decode(frame, out _)!).Reference);

        public void OnBatchEnd(SimEnd end)
        {
            // Nothing is answered.
        }

        public void OnClosed(SimEnd end, string reason) => OpenerClosed |= ReferenceEquals(end, _opener);

        public void Dispose()
        {
            foreach (SimNode node in World.Nodes)
            {
                node.StopMachine(-1);
            }
        }
    }

    private sealed class Program(SimWorld world, SimNode node) : SimProcess(world, node, "program")
    {
        private protected override void Died(bool machineStops)
        {
            // It holds nothing.
        }
    }
}
