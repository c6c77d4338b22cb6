using Ccr.Invariants;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>What a branch was to do at a Server, and how it ended there.</summary>
internal sealed class BranchTruth(ServerPlaceOf place, BranchOf branch, IReadOnlyList<Effect> effects, int generation)
{
    internal ServerPlaceOf Place { get; } = place;

    internal BranchOf Branch { get; } = branch;

    internal IReadOnlyList<Effect> Effects { get; } = effects;

    /// <summary>How often the Server's data had been lost before.</summary>
    internal int Generation { get; } = generation;

    internal bool? Committed { get; set; }
}

/// <summary>What is known of one action, from the outside.</summary>
internal sealed class ActionTruth
{
    internal List<BranchTruth> Branches { get; } = [];

    internal SimClient? Client { get; set; }

    /// <summary>Somebody decided by hand, or a Server lost its data: its branches need not agree.</summary>
    internal string? Tainted { get; set; }

    /// <summary>A log says that there was damage.</summary>
    internal string? DamageRecorded { get; set; }

    /// <summary>The damage that Servers have told of, and where they told it.</summary>
    internal List<(ServerPlaceOf Place, BranchId Branch, NodeName Node)> Damages { get; } = [];
}

/// <summary>What really happened at the Servers, and what Clients were told: independent of every manager.</summary>
internal sealed class Truth(SimWorld world)
{
    private readonly Dictionary<AtomicActionId, ActionTruth> _actions = [];
    private readonly Dictionary<ServerPlaceOf, int> _wipes = [];

    internal IEnumerable<KeyValuePair<AtomicActionId, ActionTruth>> Actions => _actions;

    internal ActionTruth Of(AtomicActionId action)
    {
        if (!_actions.TryGetValue(action, out ActionTruth? truth))
        {
            _actions.Add(action, truth = new ActionTruth());
        }

        return truth;
    }

    internal int GenerationOf(ServerPlaceOf place) => _wipes.GetValueOrDefault(place);

    internal void Opened(SimClient client) => Of(client.Action!).Client = client;

    internal void Closed(SimClient client) => Of(client.Action!).Client = client;

    internal void Known(SimClient client)
    {
        if (client.Action is { } action)
        {
            Of(action).Client = client;
            world.Counters.Committed += client.Told == Told.Committed ? 1 : 0;
            world.Counters.RolledBack += client.Told == Told.RolledBack ? 1 : 0;
        }
    }

    internal void Promised(ServerPlaceOf place, BranchOf branch, IReadOnlyList<Effect> effects) =>
        Of(branch.Action).Branches.Add(new BranchTruth(place, branch, [.. effects], GenerationOf(place)));

    internal void Ended(ServerPlaceOf place, BranchOf branch, bool committed, EndCause why)
    {
        BranchTruth? known = Of(branch.Action).Branches.Find(b =>
            ReferenceEquals(b.Place, place) && b.Branch == branch && b.Generation == GenerationOf(place));
        if (known is null)
        {
            return;
        }

        if (known.Committed is { } before && before != committed)
        {
            throw new SimulationException($"I3: {place.Name} ended {branch.Action} twice, differently ({why}).");
        }

        known.Committed = committed;
    }

    internal void DecidedByHand(AtomicActionId action) => Of(action).Tainted ??= "decided by hand";

    internal void Damaged(ServerPlaceOf place, BranchOf branch) =>
        Of(branch.Action).Damages.Add((place, branch.Branch, place.Node.Name));

    internal void Wiped(ServerPlaceOf place)
    {
        foreach ((BranchOf branch, Promise promise) in place.State.Promised)
        {
            // Whoever lost the data broke the promise by hand.
            world.Checker.See(new BranchEnded(
                promise.Manager.Node, place.Name, branch.Action, branch.Branch, Committed: false, EndCause.ByHand));
        }

        foreach (BranchOf branch in place.State.Promised.Keys.Concat(place.State.Kept.Keys))
        {
            Of(branch.Action).Tainted ??= $"{place.Name} lost its data";
        }

        // Until its manager has said "forget", damage need be on record nowhere but at the Server, whose data are gone
        // (I10, SEM-4). What it had been told to forget by then a log has to name.
        foreach (BranchOf branch in place.State.ByHand.Keys)
        {
            Of(branch.Action).Damages.RemoveAll(d =>
                ReferenceEquals(d.Place, place) && d.Branch.Equals(branch.Branch));
        }

        foreach (ActionTruth truth in _actions.Values.Where(t => t.Branches.Any(b => ReferenceEquals(b.Place, place))))
        {
            truth.Tainted ??= $"{place.Name} lost its data";
        }

        place.WasWiped = true;
        _wipes[place] = GenerationOf(place) + 1;
        place.State = new ServerState { Incarnation = place.State.Incarnation };
    }
}
