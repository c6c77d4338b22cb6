using Ccr.AtomicActions;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>What must hold when all has come to rest.</summary>
internal sealed class FinalChecks(SimWorld world)
{
    /// <summary>V1: nothing is undecided any more, and nobody waits.</summary>
    internal void Quiet(string when)
    {
        if (Restless(when) is { } why)
        {
            throw new SimulationException(why);
        }
    }

    /// <summary>What is not at rest, or null.</summary>
    internal string? Restless(string when) =>
        world.Nodes.Select(node => Restless(node, when)).FirstOrDefault(why => why is not null)
        ?? (world.Clients.Find(c => c is { IsAlive: true, IsDone: false }) is { } waiting
            ? $"V1: Client {waiting.Name} still waits for {waiting.Action} {when}."
            : null);

    /// <summary>Every Server, and every Client's knowledge, agree with one outcome of each action.</summary>
    internal void Agreement()
    {
        foreach ((AtomicActionId action, ActionTruth truth) in world.Truth.Actions)
        {
            if (truth.Tainted is not null)
            {
                Damage(action, truth);
                continue;
            }

            if (truth.DamageRecorded is { } damage)
            {
                throw new SimulationException($"I10: damage of {action} is recorded, and there was none: {damage}");
            }

            BranchTruth[] ended = [.. truth.Branches.Where(b => b.Committed is not null)];
            bool committed = ended.Any(b => b.Committed is true);
            if (committed && ended.FirstOrDefault(b => b.Committed is false) is { } other)
            {
                throw new SimulationException($"I1: {action} is committed at {Names(ended, true)} "
                    + $"and rolled back at {Names(ended, false)}, first {other.Branch.Branch}.");
            }

            if (truth.Client is { } client)
            {
                Told(action, client, ended, committed);
            }
        }
    }

    /// <summary>A1 and A2: the Servers' data are what the committed branches made of them.</summary>
    internal void Data()
    {
        bool tainted = world.Truth.Actions.Any(a => a.Value.Tainted is not null);
        long total = 0;
        List<List<long>> lists = [];
        foreach (ServerPlaceOf place in world.Nodes.SelectMany(n => n.Places))
        {
            ServerState expected = new();
            int generation = world.Truth.GenerationOf(place);
            foreach (BranchTruth branch in world.Truth.Actions.SelectMany(a => a.Value.Branches).Where(b =>
                ReferenceEquals(b.Place, place) && b.Committed is true && b.Generation == generation))
            {
                expected.Apply(branch.Effects);
            }

            for (int i = 0; i < ServerState.Accounts; i++)
            {
                if (place.State.Balances[i] != expected.Balances[i])
                {
                    throw new SimulationException($"A1: account {i} of {place.Name} holds {place.State.Balances[i]}, "
                        + $"and what committed makes {expected.Balances[i]}.");
                }
            }

            total += place.State.Balances.Sum();
            lists.AddRange(place.State.Items);
        }

        long opening = world.Nodes.Sum(n => n.Places.Count) * ServerState.Accounts * ServerState.OpeningBalance;
        if (!tainted && total != opening)
        {
            throw new SimulationException($"A1: {opening} were there at first, and {total} are there now.");
        }

        if (!tainted)
        {
            ListOrder.Check(lists);
        }
    }

    /// <summary>V2: the logs hold nothing but what SEM-1 and SEM-4 keep.</summary>
    internal void Logs()
    {
        foreach (SimNode node in world.Nodes)
        {
            foreach (LogContent record in node.Record.Live)
            {
                // SEM-1: every outcome has been acknowledged by now.
                bool kept = record is LogDamage or OnePhaseServer or OutcomeHorizon;
                if (!kept)
                {
                    throw new SimulationException($"V2: the log of {node.Name} still holds {record}.");
                }
            }
        }
    }

    // A Server that answered an order with what it had done by hand is heard (SEM-4).
    private static void Damage(AtomicActionId action, ActionTruth truth)
    {
        if (truth.Damages.Count > 0 && truth.DamageRecorded is null)
        {
            throw new SimulationException(
                $"I10: a Server of {truth.Damages[0].Node} did damage to {action}, and no log ever named it.");
        }
    }

    private string? Restless(SimNode node, string when)
    {
        if (node.LiveManager is not { } manager)
        {
            return $"V1: the manager of {node.Name} does not run {when}.";
        }

        foreach (SimLane lane in manager.Lanes)
        {
            ActionStatus? live = lane.Core.LiveCount == 0 ? null
                : lane.Core.Describe(null, held: false).FirstOrDefault(a => a.State is not ("Damaged" or "Held"));
            if (live is not null)
            {
                return $"V1: {live.Action} is still {live.State} at {node.Name} {when} "
                    + $"({string.Join(", ", live.Branches.Select(b => $"{b.To} {b.State}"))}; {live.Note}).";
            }
        }

        return node.Places.Select(place => Restless(place, when)).FirstOrDefault(why => why is not null);
    }

    private string? Restless(ServerPlaceOf place, string when)
    {
        if (place.Running is not { IsAlive: true } server)
        {
            return $"V1: {place.Name} does not run {when}.";
        }

        foreach (BranchOf branch in server.Undecided)
        {
            if (world.Truth.Of(branch.Action).Tainted is null)
            {
                return $"V1: {place.Name} is still in doubt about {branch.Action} {when}.";
            }
        }

        return server.Begun.Count > 0 ? $"V1: {place.Name} still works for {server.Begun.First().Action} {when}."
            : server.HoldsLocks && !server.Undecided.Any() ? $"V1: {place.Name} holds locks for nobody {when}."
            : null;
    }

    private static void Told(AtomicActionId action, SimClient client, BranchTruth[] ended, bool committed)
    {
        if (client.Told == Simulation.Told.RolledBack && committed)
        {
            throw new SimulationException(
                $"I9: {client.Name} was told that {action} is rolled back; {Names(ended, true)} committed it.");
        }

        if (client.Told != Simulation.Told.Committed)
        {
            return;
        }

        foreach ((string server, WorkRequest request) in client.DoneWork)
        {
            bool there = request.Effects.Count == 0 || ended.Any(b =>
                b.Place.Name == server && b.Branch == request.Branch && b.Committed is true
                && request.Effects.All(b.Effects.Contains));
            if (!there)
            {
                throw new SimulationException($"I9: {client.Name} was told that {action} is committed; "
                    + $"its work at {server} in {request.Branch.Branch} is not.");
            }
        }
    }

    private static string Names(BranchTruth[] ended, bool committed) =>
        string.Join(", ", ended.Where(b => b.Committed == committed).Select(b => b.Place.Name).Distinct());
}
