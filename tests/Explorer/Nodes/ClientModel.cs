using Ccr.Explorer.Lanes;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.Nodes;

/// <summary>The Client at the root: it opens one action over all Servers, ends it, and remembers what it was told.
/// </summary>
internal static class ClientModel
{
    /// <summary>An answer of the manager.</summary>
    internal static void Hear(NodeRun run, NodeState state, SessionMessage message)
    {
        switch (message)
        {
            case TransOpenAck ack when state.Client == ClientPhase.Opening:
                state.Client = ack.Places.All(p => p.Begun is not null) ? ClientPhase.Open : ClientPhase.Partial;
                break;
            case DoneCommit done:
                state.Client = ClientPhase.ToldCommitted;
                state.Seen |= Seen.ToldCommitted | (done.Damages.Count > 0 ? Seen.ToldDamage : 0);
                break;
            case RolledBack back:
                state.Client = ClientPhase.ToldRolledBack;
                state.Seen |= Seen.ToldRolledBack | (back.Damages.Count > 0 ? Seen.ToldDamage : 0);
                break;
            case RequestRefused refused:
                Refused(run, state, refused.Refusal);
                break;
        }
    }

    /// <summary>The session broke with the manager.</summary>
    internal static void ManagerLost(NodeState state)
    {
        state.ClientSession = 0;
        bool acknowledged = state.Client == ClientPhase.Finished
            && (state.Seen & (Seen.ToldCommitted | Seen.ToldRolledBack)) != 0;
        state.Seen |= acknowledged ? Seen.ClientLeft : 0; // the record of it may be lost, and is not made again
        state.Client = state.Client switch
        {
            ClientPhase.Idle => ClientPhase.Idle,
            ClientPhase.Closing => ClientPhase.ToRepeat,
            ClientPhase.Opening or ClientPhase.Open or ClientPhase.Partial or ClientPhase.RollingBack =>
                ClientPhase.Finished,
            ClientPhase other => other,
        };
    }

    /// <summary>What the Client may do now.</summary>
    internal static IEnumerable<ClientAct> ActsOf(NodeState state) => state.Client switch
    {
        ClientPhase.Idle => [ClientAct.Open],
        ClientPhase.Open => [ClientAct.Close, ClientAct.RollBack, ClientAct.Leave],
        ClientPhase.Partial => [ClientAct.RollBack, ClientAct.Leave],
        ClientPhase.Opening => [ClientAct.Leave],
        ClientPhase.Closing => [ClientAct.Leave],
        ClientPhase.ToRepeat => [ClientAct.Repeat],
        ClientPhase.ToldCommitted or ClientPhase.ToldRolledBack => [ClientAct.Acknowledge],
        _ => [],
    };

    /// <summary>True where the act is counted as a fault: the Client fails while it waits.</summary>
    internal static bool IsFault(NodeState state, ClientAct act) =>
        act == ClientAct.Leave && state.Client is ClientPhase.Closing or ClientPhase.Opening;

    /// <summary>Does it; returns what the lane gets.</summary>
    internal static LaneInput Do(Cast cast, NodeState state, ClientAct act)
    {
        if (state.ClientSession == 0)
        {
            state.ClientSession = ++state.LastSession;
        }

        int session = state.ClientSession;
        switch (act)
        {
            case ClientAct.Open:
                state.Client = ClientPhase.Opening;
                return new LaneInput(LaneInputKind.TransOpen, session,
                    cast.Messages.Of(new TransOpen(1, [.. cast.Opened.Select(s => cast.Servers[s])], 0)));
            case ClientAct.Close or ClientAct.Repeat:
                state.Client = ClientPhase.Closing;
                return Message(cast, session, new TransClose(2, cast.Action, CloseAnswer.Done));
            case ClientAct.RollBack:
                state.Client = ClientPhase.RollingBack;
                return Message(cast, session, new TransRollback(3, cast.Action));
            case ClientAct.Acknowledge:
                state.Client = ClientPhase.Finished;
                bool isEarly = state.Server != ServerLink.Connected || state.FromServer.Count > 0;
                state.Seen |= isEarly ? Seen.EarlyAcknowledgement : 0;
                return Message(cast, session, new Acknowledge([cast.Action]));
            default:
                state.Seen |= state.Client == ClientPhase.Closing ? Seen.ClientLeft : 0;
                state.Client = ClientPhase.Finished;
                state.ClientSession = 0;
                return new LaneInput(LaneInputKind.SessionDown, session);
        }
    }

    private static LaneInput Message(Cast cast, int session, SessionMessage message) =>
        new(LaneInputKind.Session, session, cast.Messages.Of(message));

    private static void Refused(NodeRun run, NodeState state, Refusal why)
    {
        switch (state.Client, why.Code)
        {
            case (ClientPhase.Closing, RefusalCode.UnknownAction):
                state.Client = ClientPhase.Finished;
                state.Seen |= Seen.ToldRolledBack;
                break;
            case (ClientPhase.Closing, RefusalCode.RetryLater):
                state.Client = ClientPhase.ToRepeat;
                break;
            case (ClientPhase.Opening or ClientPhase.RollingBack, _):
                state.Client = ClientPhase.Finished;
                break;
            default:
                run.Fail($"SEM-1: the Client, {state.Client}, was refused: {why.Text}");
                break;
        }
    }
}
