using Ccr.CcrManager.Lanes;
using Ccr.CcrManager.Links;
using Ccr.CcrManager.Sessions;
using Ccr.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Operator;

/// <summary>Answers the operators' questions, resets nodes, and releases actions that are set aside (SEM-16).</summary>
internal sealed class OperatorDesk(
    LaneSet lanes, LinkTable links, TraceDesk traces, StatusReporter status, HeldActions held, ILogger logger)
{
    /// <summary>False when the message is none of an operator's.</summary>
    public bool Take(Session session, SessionMessage message)
    {
        switch (message)
        {
            case AskStatus ask:
                status.Report(lanes, answer => session.Send(answer with { Reference = ask.Reference }));
                return true;
            case AskActions ask:
                AskActions(session, ask);
                return true;
            case AskTrace ask:
                traces.Ask(session, ask);
                return true;
            case ForgetDamage forget when held.Contains(forget.Action):
                Release(session, forget);
                return true;
            case ResetNode reset:
                Reset(session, reset);
                return true;
            default:
                return false;
        }
    }

    private void AskActions(Session session, AskActions ask) => LaneQuestion.Ask(
        lanes,
        (_, core) =>
        {
            IReadOnlyList<ActionStatus> all = core.Describe(ask.Action, ask.Held);
            return (Items: all.Take(ask.Limit).ToList(), Total: all.Count);
        },
        answers =>
        {
            IEnumerable<ActionStatus> items = answers.SelectMany(one => one.Items)
                .OrderByDescending(one => one.AgeMs).Take(ask.Limit);
            session.Send(Fitting.Actions(ask.Reference, answers.Sum(one => (long)one.Total), [.. items]));
        });

    private void Release(Session session, ForgetDamage forget)
    {
        try
        {
            held.Remove(forget.Action);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            session.Refuse(
                forget.Reference, RefusalCode.RetryLater,
                $"It could not be saved that {forget.Action} is set aside no longer: {failure.Message}");
            return;
        }

        ManagerLog.HeldReleased(logger, forget.Action.ToString(), forget.Operator);
        session.Send(new Accomplished(
            forget.Reference,
            $"{forget.Action} is set aside no longer: from the next start of {links.Self.Node} on it is taken "
            + "up again."));
    }

    private void Reset(Session session, ResetNode reset)
    {
        try
        {
            if (!links.Book.Reset(reset.Node))
            {
                session.Refuse(
                    reset.Reference, RefusalCode.UnknownAction, $"{links.Self.Node} knows no node {reset.Node}.");
                return;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            session.Refuse(
                reset.Reference, RefusalCode.RetryLater,
                $"It could not be saved that {reset.Node} may go on with another log: {failure.Message}");
            return;
        }

        ManagerLog.NodeReset(logger, reset.Node.Value, reset.Operator);
        session.Send(new Accomplished(
            reset.Reference,
            $"{links.Self.Node} accepts {reset.Node} on another log from now on. What was in doubt with the old one "
            + "stays so until it is resolved."));
    }
}
