using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <content>What is started elsewhere: Servers that move, and old copies of nodes.</content>
internal sealed partial class FaultDriver
{
    private const long VisitUs = 1_500_000;
    private const long LookAgainUs = 200_000;

    private readonly HashSet<ServerPlaceOf> _roaming = [];

    private void Roam(ServerPlaceOf place, FaultEvent fault)
    {
        if (place.Node != place.Home || _over)
        {
            return;
        }

        world.Counters.ServerMoves++;
        int step = 1 + (fault.Other % (world.Nodes.Count - 1));
        place.MoveTo(world.Nodes[(place.Home.Index + step) % world.Nodes.Count]);
        if (_roaming.Add(place))
        {
            world.Clock.In(fault.LengthUs, () => Return(place));
        }
    }

    // It goes from one manager that waits for it to the next, and home at last.
    private void Return(ServerPlaceOf place)
    {
        SimNode[] wanted = [.. world.Nodes.Where(n => n == place.Home || Waits(n, place))];
        SimNode next = Array.Find(wanted, n => n.Index > place.Node.Index) ?? wanted[0];
        if (next != place.Node)
        {
            place.MoveTo(next);
        }

        world.Clock.In(VisitUs, () => Return(place));
    }

    private static bool Waits(SimNode node, ServerPlaceOf place) => place.Holders.Contains(node)
        || node.Record.Live.Any(r => r is OnePhaseServer known && known.Server == place.Name)
        || (node.LiveManager is { } manager && Array.Exists(manager.Lanes, lane => lane.Core.LiveCount > 0
            && lane.Core.Describe(null, held: false).Any(a => a.Branches.Any(b =>
                b.To == "server " + place.Name && b.State is "Ready" or "Committing" or "CommittingOnePhase"))));

    // The disk as it is now comes back when the node has been started twice since, and all others know it: only then
    // can they tell (SEM-6).
    private void OldCopy(SimNode node, SimManager manager, long lengthUs)
    {
        ManagerIdentity self = manager.Self;
        SimNode copy = new(world, node.Index, node.Name.Value, node.Disk.Copy()) { SavedPeers = node.SavedPeers };
        node.KillManager(_chance.Between(1_000, 20_000));
        world.Clock.In(_chance.Between(100_000, 1_500_000), () =>
        {
            if (!_over)
            {
                node.KillManager(_chance.Between(1_000, 20_000));
            }
        });
        Wait();

        void Wait()
        {
            bool known = world.Nodes.All(other => other == node || other.SavedPeers.Any(p =>
                p.Identity.Node == node.Name && p.Identity.Log == self.Log && p.Identity.Epoch > self.Epoch + 1));
            if (known && !_over)
            {
                world.Counters.OldCopies++;
                world.Transcript.Fault(node.Name.Value, "an OLD COPY is started");
                copy.RunAsCopy(lengthUs + 3_000_000);
            }
            else if (!_over)
            {
                world.Clock.In(LookAgainUs, Wait);
            }
        }
    }
}
