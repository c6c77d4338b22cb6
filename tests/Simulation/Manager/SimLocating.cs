using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>Answers the lanes' question where a Server is, by the rules of the manager's Locator.</summary>
internal sealed class SimLocating(SimManager manager)
{
    private sealed record Question(long Reference, string Server, bool Fresh, long AskedUs)
    {
        internal SortedSet<int> Lanes { get; } = [];
    }

    private readonly List<Question> _waiting = [];
    private long _lastReference;

    internal void Ask(int lane, LocateServer wanted)
    {
        if (!wanted.Fresh && manager.Sessions.IsConnected(wanted.Server))
        {
            manager.Lanes[lane].Post(new ServerLocated(wanted.Server, manager.Node.Name, null));
            return;
        }

        Question? known = _waiting.Find(q => q.Server == wanted.Server && q.Fresh == wanted.Fresh);
        if (known is null)
        {
            known = new Question(++_lastReference, wanted.Server, wanted.Fresh, manager.World.Clock.NowUs);
            _waiting.Add(known);
            Send(known);
        }

        known.Lanes.Add(lane);
    }

    internal void LocationUp(SimSession session)
    {
        foreach (Question question in _waiting)
        {
            session.End.Send(new Locate(question.Reference, question.Server, question.Fresh));
        }

        session.End.Flush();
    }

    internal void Take(Located located)
    {
        if (_waiting.Find(q => q.Reference == located.Reference) is { } question)
        {
            End(question, new ServerLocated(located.Server, located.Found?.Node ?? default, located.Refused));
        }
    }

    internal void ServerUp(string server)
    {
        if (manager.Sessions.Location is null && _waiting.Find(q => q.Server == server && !q.Fresh) is { } question)
        {
            End(question, new ServerLocated(server, manager.Node.Name, null));
        }
    }

    internal void EndLate()
    {
        long now = manager.World.Clock.NowUs;
        foreach (Question question in _waiting.Where(q => now - q.AskedUs > 3_000_000).ToArray())
        {
            bool here = manager.Sessions.IsConnected(question.Server);
            End(question, new ServerLocated(
                question.Server,
                here ? manager.Node.Name : default,
                here ? null : new Refusal(RefusalCode.NodeUnreachable, "The Location Server did not answer.")));
        }
    }

    private void Send(Question question)
    {
        if (manager.Sessions.Location is { } location)
        {
            location.End.Send(new Locate(question.Reference, question.Server, question.Fresh));
            location.End.Flush();
        }
    }

    private void End(Question question, ServerLocated answer)
    {
        _waiting.Remove(question);
        foreach (int lane in question.Lanes)
        {
            manager.Lanes[lane].Post(answer);
        }
    }
}
