using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests.Support;

/// <summary>
/// One node of a <see cref="Cluster"/>: a real lane, a log of two parts (durable and not), and its Servers.
/// </summary>
internal sealed class Node(Cluster cluster, string name, LaneOptions options)
{
    private readonly Dictionary<SessionId, Action<SessionMessage>> _sessions = [];
    private readonly Dictionary<LinkId, (Node Peer, LinkId Theirs)> _links = [];
    private readonly List<LogContent> _durable = [];
    private readonly List<LogContent> _written = [];
    private readonly Dictionary<DeadlineId, long> _deadlines = [];
    private Lane? _lane;
    private OutputGate _gate = new();
    private long _position;
    private bool _forcing;

    public NodeName Name { get; } = NodeName.Parse(name);

    public ManagerIdentity Self { get; private set; } =
        new(NodeName.Parse(name), new LogIdentity(StableHash.Of(System.Text.Encoding.ASCII.GetBytes(name))), 0);

    public bool IsUp => _lane is not null;

    public Lane Lane => _lane ?? throw new InvalidOperationException($"{Name} is down");

    public List<FakeServer> Servers { get; } = [];

    public List<FakeDatabase> Databases { get; } = [];

    public IReadOnlyList<LogContent> Durable => _durable;

    public List<AtomicActionId> Held { get; } = [];

    public int Forces { get; private set; }

    public long Started { get; set; }

    public FakeServer AddServer(string suffix = "files")
    {
        var server = new FakeServer(this, $"{Name}.{suffix}");
        Servers.Add(server);
        cluster.Places[server.Name] = this;
        if (IsUp)
        {
            server.Start();
        }

        return server;
    }

    public FakeDatabase AddDatabase(string suffix)
    {
        var database = new FakeDatabase(this, $"{Name}.{suffix}");
        Databases.Add(database);
        cluster.Places[database.Name] = this;
        if (IsUp)
        {
            database.Start();
        }

        return database;
    }

    public void Start()
    {
        Self = Self with { Epoch = Self.Epoch + 1 };
        _lane = new Lane(0, 1, options);
        _gate = new OutputGate();
        _position = 0;
        _forcing = false;
        var live = new LiveRecords();
        foreach (LogContent record in _durable)
        {
            live.Apply(record);
        }

        Input(new Restarted(Self, live.Snapshot(), [.. Held]));
        foreach (FakeServer server in Servers.Where(s => s.IsUp || Self.Epoch == 1))
        {
            server.Start();
        }

        foreach (FakeDatabase database in Databases)
        {
            database.Start();
        }
    }

    /// <summary>kill -9: whatever was not forced is gone, connections break.</summary>
    public void Crash()
    {
        _lane = null;
        _written.Clear();
        _deadlines.Clear();
        _sessions.Clear();
        foreach (FakeServer server in Servers)
        {
            server.ManagerLost();
        }

        foreach (FakeDatabase database in Databases)
        {
            database.ManagerLost();
        }

        foreach (LinkId link in _links.Keys.ToArray())
        {
            BreakLink(link, "the peer crashed");
        }
    }

    /// <summary>Its disk is lost: it comes back with a new log, whose epochs and counters begin again.</summary>
    public void LoseLog(ulong newLog)
    {
        _durable.Clear();
        Held.Clear();
        Self = new ManagerIdentity(Name, new LogIdentity(newLog), 0);
        cluster.CountAgain();
    }

    public SessionId NewSession(Action<SessionMessage> receive)
    {
        var session = new SessionId(cluster.NextId());
        _sessions.Add(session, receive);
        return session;
    }

    public void EndSession(SessionId session)
    {
        if (_sessions.Remove(session) && IsUp)
        {
            Input(new SessionDown(session));
        }
    }

    public void FromSession(SessionId session, SessionMessage message)
    {
        var writer = new BerWriter();
        message.Write(writer);
        SessionMessage copy = SessionMessage.Decode(writer.Written, out BerStatus status)
            ?? throw new InvalidOperationException($"{message} cannot be read back: {status.Error}");
        Input(copy is TransOpen open
            ? new TransOpenReceived(session, open, cluster.NextAction(this))
            : new SessionReceived(session, copy));
    }

    public void Input(Input input) => cluster.Post(this, input);

    public void Step(Input input)
    {
        if (_lane is not { } lane)
        {
            return;
        }

        List<Output> batch = [];
        lane.NowMs = cluster.NowMs;
        lane.Step(input, batch);
        if (input is LogForced forced)
        {
            List<Departure> released = [];
            _gate.Forced(forced.Position, released);
            foreach (Departure departure in released)
            {
                if (cluster.Crashes(this, departure))
                {
                    return;
                }

                Leave(departure);
            }
        }

        foreach (Output output in batch)
        {
            if (cluster.Crashes(this, output) || !ReferenceEquals(_lane, lane))
            {
                return;
            }

            if (output is not Departure departure || _gate.Admit(departure))
            {
                Leave(output);
            }
        }
    }

    public void Force()
    {
        if (!IsUp)
        {
            return;
        }

        _forcing = false;
        Forces++;
        _durable.AddRange(_written);
        _written.Clear();
        Step(new LogForced(_position));
    }

    public bool DueDeadline(out long atMs)
    {
        atMs = _deadlines.Count == 0 ? long.MaxValue : _deadlines.Values.Min();
        return _deadlines.Count > 0;
    }

    public void FireDeadlines()
    {
        DeadlineId[] due = [.. _deadlines.Where(d => d.Value <= cluster.NowMs).Select(d => d.Key).Order(ById)];
        foreach (DeadlineId id in due)
        {
            _deadlines.Remove(id);
            Input(new DeadlineReached(id));
        }
    }

    public void BreakLinksTo(Node peer, string reason)
    {
        foreach (LinkId link in _links.Where(l => l.Value.Peer == peer).Select(l => l.Key).ToArray())
        {
            BreakLink(link, reason);
        }
    }

    /// <summary>It loses its links to a peer, and the peer does not notice.</summary>
    public void LoseLinksTo(Node peer, string reason)
    {
        foreach (LinkId link in _links.Where(l => l.Value.Peer == peer).Select(l => l.Key).ToArray())
        {
            _links.Remove(link, out (Node Peer, LinkId Theirs) other);
            other.Peer._links.Remove(other.Theirs);
            Input(new LinkDown(link, reason));
        }
    }

    public void Receive(LinkId link, LinkMessage message)
    {
        if (_links.ContainsKey(link))
        {
            Step(new LinkReceived(link, message));
        }
    }

    private static readonly Comparer<DeadlineId> ById =
        Comparer<DeadlineId>.Create((a, b) => a.Value.CompareTo(b.Value));

    private void BreakLink(LinkId link, string reason)
    {
        if (_links.Remove(link, out (Node Peer, LinkId Theirs) other))
        {
            other.Peer._links.Remove(other.Theirs);
            Input(new LinkDown(link, reason));
            other.Peer.Input(new LinkDown(other.Theirs, reason));
        }
    }

    private void Leave(Output output)
    {
        switch (output)
        {
            case Append append:
                _position++;
                _written.Add(append.Content);
                if (append.Forced && !_forcing)
                {
                    _forcing = true;
                    cluster.PostForce(this);
                }

                break;
            case SendOnLink send when _links.TryGetValue(send.Link, out (Node Peer, LinkId Theirs) end):
                cluster.Deliver(this, end.Peer, end.Theirs, send.Message);
                break;
            case SendToSession send when _sessions.TryGetValue(send.Session, out Action<SessionMessage>? receive):
                cluster.Deliver(receive, send.Message);
                break;
            case SendToNode send:
                cluster.DeliverToNode(this, send.Node, send.Message);
                break;
            case ConnectTo connect:
                Connect(connect.Node);
                break;
            case LocateServer locate:
                bool known = cluster.Places.TryGetValue(locate.Server, out Node? place);
                Input(new ServerLocated(locate.Server, known ? place!.Name : default,
                    known ? null : new Refusal(RefusalCode.NoSuchServer, $"Nobody knows {locate.Server}.")));
                break;
            case SetDeadline deadline:
                _deadlines[deadline.Deadline] = cluster.NowMs + deadline.DelayMs;
                break;
            case ClearDeadline deadline:
                _deadlines.Remove(deadline.Deadline);
                break;
            case Traced traced:
                cluster.Trace.Add($"{traced.From} -> {traced.To}: {traced.What}");
                break;
        }
    }

    private void Connect(NodeName to)
    {
        Node? peer = cluster.Find(to);
        if (peer is not { IsUp: true } || cluster.Partitioned(this, peer))
        {
            Input(new ConnectFailed(to, "connection refused"));
            return;
        }

        var mine = new LinkId(cluster.NextId());
        var theirs = new LinkId(cluster.NextId());
        _links.Add(mine, (peer, theirs));
        peer._links.Add(theirs, (this, mine));
        peer.Input(new LinkUp(theirs, Self, 1, false, Name + ":1"));
        Input(new LinkUp(mine, peer.Self, 1, true, to + ":1"));
    }
}
