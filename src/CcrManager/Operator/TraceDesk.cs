using Ccr.CcrManager.Sessions;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.CcrManager.Operator;

/// <summary>
/// Gathers what all nodes recorded of an action: asks the owner and every node that some event names, until nobody
/// new is named or the time is over. Answers the same question of other nodes.
/// </summary>
internal sealed class TraceDesk(
    NodeName self, TraceStore store, Action<NodeName, LinkMessage> sendToNode, int timeoutMs, TimeProvider time)
{
    private sealed record Question(Session Session, AskTrace Asked, long Number, long Since)
    {
        public List<TraceEvent> Events { get; } = [];

        public SortedSet<NodeName> Outstanding { get; } = [];

        public HashSet<NodeName> Seen { get; } = [];
    }

    private const string ManagerPrefix = "manager ";

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Question> _questions = [];
    private long _lastNumber;

    /// <summary>A peer asks what this node recorded.</summary>
    public void Answer(FramedConnection connection, TraceRequest request) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                connection.Send(Fitting.Reply(request.Reference, store.Read(request.Action)));
                connection.Flush();
            },
            null);

    /// <summary>An operator asks what all recorded.</summary>
    public void Ask(Session session, AskTrace asked)
    {
        Question question = new(session, asked, Interlocked.Increment(ref _lastNumber), time.GetTimestamp());
        lock (_lock)
        {
            if (_questions.Count >= ManagerLimits.QuestionsMax)
            {
                session.Refuse(
                    asked.Reference, RefusalCode.Limit,
                    $"{ManagerLimits.QuestionsMax} traces are being gathered, which is the limit: try again.");
                return;
            }

            _questions.Add(question.Number, question);
            question.Seen.Add(self);
            question.Outstanding.Add(self);
        }

        ThreadPool.UnsafeQueueUserWorkItem(_ => Gathered(question, self, store.Read(asked.Action)), null);
    }

    /// <summary>A peer's answer.</summary>
    public void Take(NodeName node, TraceReply reply)
    {
        Question? question;
        lock (_lock)
        {
            _questions.TryGetValue(reply.Reference, out question);
        }

        if (question is not null)
        {
            Gathered(question, node, reply.Events);
        }
    }

    /// <summary>Every so often: answers the questions whose time is over with what there is.</summary>
    public void Tick()
    {
        List<Question> late;
        lock (_lock)
        {
            late = [.. _questions.Values.Where(one => time.GetElapsedTime(one.Since).TotalMilliseconds > timeoutMs)];
            late.ForEach(one => _questions.Remove(one.Number));
        }

        late.ForEach(Reply);
    }

    private void Gathered(Question question, NodeName from, IReadOnlyList<TraceEvent> events)
    {
        List<NodeName> ask = [];
        bool whole;
        lock (_lock)
        {
            if (!question.Outstanding.Remove(from) || !_questions.ContainsKey(question.Number))
            {
                return;
            }

            question.Events.AddRange(events.Where(one => one.Action.Equals(question.Asked.Action)));
            foreach (NodeName node in NodesOf(question.Asked.Action, events))
            {
                if (question.Seen.Count < ManagerLimits.QuestionsMax && question.Seen.Add(node))
                {
                    question.Outstanding.Add(node);
                    ask.Add(node);
                }
            }

            whole = question.Outstanding.Count == 0 && _questions.Remove(question.Number);
        }

        foreach (NodeName node in ask)
        {
            sendToNode(node, new TraceRequest(question.Number, question.Asked.Action));
        }

        if (whole)
        {
            Reply(question);
        }
    }

    private static IEnumerable<NodeName> NodesOf(AtomicActionId action, IReadOnlyList<TraceEvent> events)
    {
        if (!action.Owner.Node.IsNone)
        {
            yield return action.Owner.Node;
        }

        foreach (string party in events.SelectMany(one => new[] { one.From, one.To }).Distinct())
        {
            if (party.StartsWith(ManagerPrefix, StringComparison.Ordinal)
                && NodeName.TryParse(party[ManagerPrefix.Length..], out NodeName node))
            {
                yield return node;
            }
        }
    }

    private void Reply(Question question)
    {
        lock (_lock)
        {
            Trace trace = new(
                question.Asked.Reference, [.. question.Events.OrderBy(one => one.TimeUs)], [.. question.Outstanding]);
            question.Session.Send(Fitting.Trace(trace));
        }
    }
}
