using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>Opens a manager's own links, by the rules of its LinkDialer.</summary>
internal sealed class SimDialer(SimManager manager)
{
    private sealed class Target(NodeName node)
    {
        internal NodeName Node { get; } = node;

        internal SortedSet<int> Askers { get; } = [];

        internal Queue<LinkMessage> Messages { get; } = new();

        internal string Hint { get; set; } = "";

        internal bool IsDialing { get; set; }

        internal int Failures { get; set; }

        internal long NotBeforeUs { get; set; }

        /// <summary>Which attempt is the current one: an earlier one that ends late is ignored.</summary>
        internal int Attempt { get; set; }
    }

    private readonly Dictionary<NodeName, Target> _targets = [];

    internal void Connect(int lane, ConnectTo wanted)
    {
        if (manager.Links.To(wanted.Node, ownOnly: true) is null)
        {
            Target target = TargetOf(wanted.Node);
            target.Askers.Add(lane);
            target.Hint = wanted.AddressHint.Length > 0 ? wanted.AddressHint : target.Hint;
            Dial(target);
        }
    }

    internal void Send(NodeName node, LinkMessage message)
    {
        if (manager.Links.To(node, ownOnly: false) is { } link)
        {
            link.End.Send(message);
            link.End.Flush();
            return;
        }

        Target target = TargetOf(node);
        target.Messages.Enqueue(message);
        Dial(target);
    }

    internal void IsAlive(NodeName node)
    {
        Target target = TargetOf(node);
        target.Failures = 0;
        target.NotBeforeUs = 0;
        LinkMessage[] waiting = [.. target.Messages];
        target.Messages.Clear();
        if (manager.Links.To(node, ownOnly: true) is null)
        {
            Dial(target);
        }

        foreach (LinkMessage message in waiting)
        {
            Send(node, message);
        }
    }

    internal void Tick()
    {
        foreach (SimNode other in manager.World.Nodes)
        {
            Target target = TargetOf(other.Name);
            if (!ReferenceEquals(other, manager.Node) && !target.IsDialing
                && manager.World.Clock.NowUs >= target.NotBeforeUs
                && manager.Links.To(other.Name, ownOnly: true) is null)
            {
                Dial(target);
            }
        }
    }

    private Target TargetOf(NodeName node)
    {
        if (!_targets.TryGetValue(node, out Target? target))
        {
            _targets.Add(node, target = new Target(node));
        }

        return target;
    }

    private void Dial(Target target)
    {
        if (target.IsDialing || target.Node == manager.Node.Name)
        {
            return;
        }

        target.IsDialing = true;
        string[] candidates =
        [
            manager.Links.Peers.Find(target.Node)?.Address ?? "",
            manager.World.Nodes.FirstOrDefault(n => n.Name == target.Node)?.FirstAddress ?? "",
            target.Hint,
        ];
        string[] addresses = [.. candidates.Where(address => address.Length > 0).Distinct()];
        Try(target, addresses, 0, triesLeft: 2);
    }

    private void Try(Target target, string[] addresses, int next, int triesLeft)
    {
        int attempt = ++target.Attempt;
        if (manager.Links.To(target.Node, ownOnly: true) is not null)
        {
            Ended(target, null);
        }
        else if (next < addresses.Length)
        {
            void Failed(string why)
            {
                if (target.Attempt == attempt)
                {
                    Try(target, addresses, next + 1, triesLeft);
                }
            }

            manager.World.Net.Dial(
                manager, addresses[next], manager.Links,
                end => Greet(target, attempt, end, Failed), failure => Failed(failure.ToString()));
        }
        else if (triesLeft > 0)
        {
            manager.In(50_000, () => Try(target, addresses, 0, triesLeft - 1));
        }
        else
        {
            Ended(target, $"{target.Node} could not be reached.");
        }
    }

    private void Greet(Target target, int attempt, SimEnd end, Action<string> failed)
    {
        if (end.IsClosed)
        {
            failed("The connection was lost at once.");
            return;
        }

        SimLink link = manager.Links.Open(end, target.Node);
        link.Greeted = refusal =>
        {
            if (target.Attempt != attempt)
            {
                return;
            }

            if (refusal is null)
            {
                Ended(target, null);
            }
            else if (refusal.Code is RefusalCode.NodeUnreachable or RefusalCode.RetryLater or RefusalCode.Stopping)
            {
                failed(refusal.Text);
            }
            else
            {
                Ended(target, refusal.Text);
            }
        };
        manager.In(manager.World.Plan.Knobs.HelloTimeoutMs * 1_000L, () =>
        {
            if (link.Greeted is not null)
            {
                end.Close($"{target.Node} did not answer in time.");
            }
        });
    }

    private void Ended(Target target, string? failure)
    {
        target.IsDialing = false;
        target.Attempt++;
        bool up = manager.Links.To(target.Node, ownOnly: true) is not null;
        if (failure is not null && !up)
        {
            target.Failures++;
            long pauseUs = Math.Min(5_000_000, 50_000L << Math.Min(target.Failures, 16));
            target.NotBeforeUs = manager.World.Clock.NowUs + pauseUs;
            target.Messages.Clear();
            int[] askers = [.. target.Askers];
            target.Askers.Clear();
            foreach (int lane in askers)
            {
                manager.Lanes[lane].Post(new ConnectFailed(target.Node, failure));
            }
        }
        else if (!up && (target.Askers.Count > 0 || target.Messages.Count > 0))
        {
            Dial(target);
        }
        else
        {
            target.Askers.Clear();
        }
    }
}
