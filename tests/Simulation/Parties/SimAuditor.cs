using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>
/// Comes when all is over: asks a node for the outcome of every action that was opened there, compares it with what
/// the Servers did, and acknowledges, so that nothing need be kept any more (SEM-1).
/// </summary>
internal sealed class SimAuditor : SessionUser
{
    private const long AskAgainUs = 500_000;

    private readonly Queue<AtomicActionId> _toAsk;
    private long _asked;

    internal SimAuditor(SimNode node)
        : base(node, node.Name + ".audit", SessionRole.Client)
    {
        _toAsk = new Queue<AtomicActionId>(World.Truth.Actions
            .Select(a => a.Key).Where(a => a.Owner.Node == node.Name));
        Connect();
    }

    internal bool IsDone => _toAsk.Count == 0;

    private protected override void Connected(ManagerIdentityOf manager) => Ask();

    private protected override void Lost() => Connect();

    private protected override void Received(SessionMessage message)
    {
        if (message is OutcomeIs outcome)
        {
            AtomicActionId action = _toAsk.Dequeue();
            Compare(action, outcome.Outcome);
            Send(new Acknowledge([action]));
            Ask();
        }
        else if (message is RequestRefused { Refusal.Code: RefusalCode.RetryLater } refused
            && refused.Reference == _asked)
        {
            In(AskAgainUs, Ask);
        }
        else if (message is RequestRefused why && why.Reference == _asked)
        {
            throw new SimulationException(
                $"I9: {Node.Name} does not say how {_toAsk.Peek()} ended: {why.Refusal.Code} {why.Refusal.Text}");
        }
    }

    private void Ask()
    {
        // Who has acknowledged an outcome must not ask for it again: it may be forgotten, or be presumed.
        while (_toAsk.TryPeek(out AtomicActionId? known)
            && World.Truth.Of(known) is { Tainted: not null } or { Client.HasAcknowledged: true })
        {
            Send(new Acknowledge([_toAsk.Dequeue()]));
        }

        if (_toAsk.TryPeek(out AtomicActionId? action))
        {
            _asked = NextReference();
            Send(new AskOutcome(_asked, action));
        }
    }

    private void Compare(AtomicActionId action, Outcome outcome)
    {
        ActionTruth truth = World.Truth.Of(action);
        if (truth.Tainted is not null || outcome == Outcome.Forgotten)
        {
            return;
        }

        bool committed = truth.Branches.Exists(b => b.Committed is true);
        bool undone = truth.Branches.Exists(b => b.Committed is false);
        bool agrees = outcome switch
        {
            Outcome.Committed => !undone,
            Outcome.RolledBack => !committed,
            _ => false,
        };
        if (!agrees)
        {
            throw new SimulationException($"I9: {Node.Name} says that {action} is {outcome}, and its Servers "
                + $"{(committed ? "committed" : "rolled back")} it.");
        }
    }
}
