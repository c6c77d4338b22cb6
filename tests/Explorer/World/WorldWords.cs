using Ccr.AtomicActions;
using Ccr.Explorer.Lanes;
using Ccr.Explorer.Nodes;
using Ccr.Explorer.Search;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.World;

/// <summary>Steps in words.</summary>
internal sealed class WorldWords(Cast cast, LaneAutomaton lanes, NodeAutomaton[] nodes, Network network)
{
    internal string Of(ReadOnlySpan<int> from, Step step)
    {
        string words = (WorldStepKind)step.Kind switch
        {
            WorldStepKind.Local => Local(step.A, nodes[step.A][from[step.A]],
                nodes[step.A].FactsOf(from[step.A]).Steps[step.B].Step),
            WorldStepKind.Deliver => Delivered(network.Links[step.A], step.B),
            WorldStepKind.Down => $"{NameOf(network.Links[step.A].Node[step.B])} learns that its link with "
                + $"{NameOf(network.Links[step.A].Node[1 - step.B])} is over",
            WorldStepKind.Lose => $"FAULT the link {NameOf(network.Links[step.A].Node[0])} -> "
                + $"{NameOf(network.Links[step.A].Node[1])} breaks",
            WorldStepKind.Connect => $"{NameOf(step.A)} connects to {NameOf(step.B)}",
            WorldStepKind.NoConnect => $"{NameOf(step.A)} cannot connect to {NameOf(step.B)}",
            WorldStepKind.LooseArrives => $"{NameOf(network.Loose[step.A].To)} gets "
                + cast.Frames[network.Loose[step.A].Frame].GetType().Name,
            WorldStepKind.Late => $"FAULT {NameOf(step.A)} is late: all others go on",
            _ => $"a {cast.Frames[network.Loose[step.A].Frame].GetType().Name} is lost",
        };
        return step.C == 0 ? words : $"{words}; FAULT and it dies in the middle of it (cut {step.C})";
    }

    internal string NameOf(int node) => cast.Nodes[node].Value;

    private string Delivered(Link link, int end)
    {
        int frame = link.To[end][0];
        string what = cast.Frames[frame] switch
        {
            Data data => ApduNames.Of(data.Apdu),
            LinkMessage other => other.GetType().Name,
        };
        return $"{NameOf(link.Node[end])} gets {what} from {NameOf(link.Node[1 - end])}";
    }

    private string Local(int node, NodeState state, NodeStep step)
    {
        string at = NameOf(node);
        return step.Kind switch
        {
            NodeStepKind.Crash => $"FAULT {at} dies, {step.A} of {state.Written.Count} unforced records survive",
            NodeStepKind.Restart => $"{at} starts again",
            NodeStepKind.Force => $"{at}'s log is forced",
            NodeStepKind.Deadline => $"at {at} the deadline {Deadline(state, step.A)} is reached",
            NodeStepKind.Answer => $"{at} gets {NameOf(cast.Messages[state.FromServer[0]])} from its Server",
            NodeStepKind.Vote => $"{at}'s Server votes {(step.A == 0 ? "ready" : step.A == 1 ? "no change" : "no")}",
            NodeStepKind.ServerDies => $"FAULT {at}'s Server dies",
            NodeStepKind.SessionDown => $"{at} learns that its Server is gone",
            NodeStepKind.ServerBack => $"{at}'s Server comes back",
            NodeStepKind.Client => $"the Client: {(ClientAct)step.A}",
            NodeStepKind.ByHand => $"FAULT at {at} an operator decides {(step.A == 0 ? "commit" : "rollback")}",
            _ => $"{at}: {step.Kind}",
        };
    }

    private string Deadline(NodeState state, int which)
    {
        LaneDeadline deadline = lanes.FactsOf(state.Lane).Deadlines[which];
        return $"{deadline.Kind} of {deadline.Owner}";
    }

    private static string NameOf(SessionMessage message) => message.GetType().Name;
}
