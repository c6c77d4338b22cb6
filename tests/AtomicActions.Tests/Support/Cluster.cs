using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests.Support;

/// <summary>
/// Several nodes over a simulated network and clock, one event at a time, in order. Every message passes the real
/// codec. A crash can be put before any output of any node.
/// </summary>
internal sealed class Cluster
{
    private readonly Queue<(Node? Node, Action Act)> _events = [];
    private readonly Dictionary<NodeName, Node> _nodes = [];
    private readonly HashSet<(Node, Node)> _cut = [];
    private readonly LaneOptions _options;
    private long _ids;
    private ulong _actions;

    public Cluster(LaneOptions? options, params string[] nodes)
    {
        _options = options ?? new LaneOptions();
        foreach (string name in nodes)
        {
            var node = new Node(this, name, _options);
            _nodes.Add(node.Name, node);
            node.AddServer();
            node.Start();
        }

        Run();
    }

    public long NowMs { get; private set; } = 1_000;

    public List<string> Trace { get; } = [];

    public Dictionary<string, Node> Places { get; } = [];

    /// <summary>Link messages delivered, by kind of APDU or frame.</summary>
    public List<string> Sent { get; } = [];

    /// <summary>Drops a link message when true.</summary>
    public Func<Node, LinkMessage, bool> Drop { get; set; } = (_, _) => false;

    /// <summary>Changes a link message on its way: what a foreign manager would have sent.</summary>
    public Func<Node, LinkMessage, LinkMessage> Rewrite { get; set; } = (_, m) => m;

    /// <summary>What the network makes of a link message: nothing, the message, others.</summary>
    public Func<Node, Node, LinkId, LinkMessage, IEnumerable<LinkMessage>> Alter { get; set; } =
        (_, _, _, message) => [message];

    /// <summary>Lets a node's force wait until the test calls <see cref="Node.Force"/>: a slow disk.</summary>
    public Func<Node, bool> HoldForce { get; set; } = _ => false;

    /// <summary>Crashes a node just before it carries out an output.</summary>
    public Func<Node, Output, bool> CrashBefore { get; set; } = (_, _) => false;

    public IEnumerable<Node> Nodes => _nodes.Values;

    public Node this[string name] => _nodes[NodeName.Parse(name)];

    public long NextId() => ++_ids;

    public AtomicActionId NextAction(Node owner) =>
        new(AeTitle.Of(owner.Name), Suffix.OfCounter(owner.Self.Epoch, ++_actions));

    /// <summary>The next action is called as the first one was.</summary>
    public void CountAgain() => _actions = 0;

    /// <summary>The host leases identifiers to a session.</summary>
    public IReadOnlyList<AtomicActionId> Lease(Node owner, SessionId session, int count, long lowest = 0)
    {
        ulong first = _actions + 1;
        _actions += (ulong)count;
        owner.Input(new ActionsLeased(session, (long)first, count, lowest));
        return [.. Enumerable.Range(0, count).Select(i =>
            new AtomicActionId(AeTitle.Of(owner.Name), Suffix.OfCounter(owner.Self.Epoch, first + (ulong)i)))];
    }

    public Node? Find(NodeName name) => _nodes.GetValueOrDefault(name);

    public bool Partitioned(Node a, Node b) => _cut.Contains((a, b)) || _cut.Contains((b, a));

    public void Partition(Node a, Node b)
    {
        _cut.Add((a, b));
        a.BreakLinksTo(b, "partition");
    }

    public void Heal() => _cut.Clear();

    public bool Crashes(Node node, Output output)
    {
        if (!CrashBefore(node, output))
        {
            return false;
        }

        node.Crash();
        return true;
    }

    public void Post(Node node, Input input) => _events.Enqueue((node, () => node.Step(input)));

    public void PostForce(Node node)
    {
        if (HoldForce(node))
        {
            return;
        }

        Lane lane = node.Lane;
        _events.Enqueue((node, Force));

        void Force()
        {
            if (node.IsUp && ReferenceEquals(node.Lane, lane))
            {
                node.Force();
            }
        }
    }

    public void Deliver(Node from, Node to, LinkId link, LinkMessage message)
    {
        message = Rewrite(from, message);
        Sent.Add(message is Data data ? ApduNames.Of(data.Apdu) : message.GetType().Name);
        if (Drop(from, message))
        {
            return;
        }

        foreach (LinkMessage altered in Alter(from, to, link, message))
        {
            LinkMessage copy = Copy(altered);
            _events.Enqueue((to, () => to.Receive(link, copy)));
        }
    }

    public void DeliverToNode(Node from, NodeName to, LinkMessage message)
    {
        if (Find(to) is { IsUp: true } peer && !Partitioned(from, peer) && !Drop(from, message))
        {
            LinkMessage copy = Copy(message);
            _events.Enqueue((peer, () => peer.Step(new NodeReceived(from.Name, copy))));
        }
    }

    public void Deliver(Action<SessionMessage> receive, SessionMessage message)
    {
        var writer = new BerWriter();
        message.Write(writer);
        SessionMessage copy = SessionMessage.Decode(writer.Written, out _)
            ?? throw new InvalidOperationException($"{message} cannot be read back");
        _events.Enqueue((null, () => receive(copy)));
    }

    /// <summary>Everything that can happen without time passing.</summary>
    public void Run()
    {
        for (int steps = 0; _events.TryDequeue(out (Node? Node, Action Act) next); steps++)
        {
            Assert.True(steps < 100_000, "the cluster does not come to rest");
            next.Act();
        }
    }

    /// <summary>Lets time pass from deadline to deadline.</summary>
    public void Advance(long ms)
    {
        long end = NowMs + ms;
        Run();
        while (true)
        {
            long next = Nodes.Where(n => n.IsUp).Select(n => n.DueDeadline(out long at) ? at : long.MaxValue).Min();
            if (next > end)
            {
                break;
            }

            NowMs = Math.Max(NowMs, next);
            foreach (Node node in Nodes.Where(n => n.IsUp))
            {
                node.FireDeadlines();
            }

            Run();
        }

        NowMs = end;
    }

    private static LinkMessage Copy(LinkMessage message)
    {
        var writer = new BerWriter();
        message.Write(writer);
        return LinkMessage.Decode(writer.Written, out BerStatus status)
            ?? throw new InvalidOperationException($"{message} cannot be read back: {status.Error}");
    }
}

/// <summary>A Client at one node.</summary>
internal sealed class FakeClient
{
    private readonly Node _node;
    private readonly SessionId _session;
    private long _reference;

    public FakeClient(Node node)
    {
        _node = node;
        _session = node.NewSession(Received.Add);
    }

    public List<SessionMessage> Received { get; } = [];

    public T Last<T>()
        where T : SessionMessage => Received.OfType<T>().Last();

    public bool Has<T>()
        where T : SessionMessage => Received.OfType<T>().Any();

    public void Open(params string[] servers) => Open(0, servers);

    public void Open(int timeoutMs, params string[] servers) => Send(new TransOpen(++_reference, servers, timeoutMs));

    public AtomicActionId Action => Last<TransOpenAck>().Action;

    public void Close(AtomicActionId? action = null, CloseAnswer answer = CloseAnswer.Done) =>
        Send(new TransClose(++_reference, action ?? Action, answer));

    public void Rollback() => Send(new TransRollback(++_reference, Action));

    public void Ask(AtomicActionId action) => Send(new AskOutcome(++_reference, action));

    public void Acknowledge() => Send(new Acknowledge([Action]));

    public void Leave() => _node.EndSession(_session);

    public void Send(SessionMessage message) => _node.FromSession(_session, message);

    public long NextReference() => ++_reference;
}
