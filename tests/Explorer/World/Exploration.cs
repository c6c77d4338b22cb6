using System.Diagnostics;
using Ccr.Explorer.Search;

namespace Ccr.Explorer.World;

/// <summary>One exploration from its options to its line in the ledger.</summary>
public sealed class Exploration
{
    private Exploration(WorldSpace space, SearchResult result)
    {
        Space = space;
        Result = result;
    }

    /// <summary>What was explored.</summary>
    public WorldSpace Space { get; }

    /// <summary>What was counted and found.</summary>
    public SearchResult Result { get; }

    /// <summary>The shortest way to a state from which nothing ends well any more (V1), or empty.</summary>
    public IReadOnlyList<string> Doomed { get; private set; } = [];

    /// <summary>All different ends that were reached, and the shortest way to each.</summary>
    public SortedDictionary<string, int> Ends { get; } = new(StringComparer.Ordinal);

    /// <summary>The shortest way to a state.</summary>
    public required Func<int, IReadOnlyList<string>> WayTo { get; init; }

    /// <summary>Explores, asks for V1 where all states were seen, and writes what was counted.</summary>
    public static Exploration Run(WorldOptions options, int statesMax = int.MaxValue)
    {
        var ledger = new Evidence.Evidence("explorer", options.Name);
        var watch = Stopwatch.StartNew();
        var space = new WorldSpace(options);
        var edges = new Edges();
        var search = new BreadthFirst(space) { Edges = edges };
        SearchResult result = search.Run(statesMax);
        var exploration = new Exploration(space, result) { WayTo = search.WayTo };
        exploration.FindEnds(search.States);
        if (result.Complete && edges.Doomed(search.States, space) is [int first, ..])
        {
            exploration.Doomed = search.WayTo(first);
        }

        exploration.Write(ledger, options, watch.Elapsed.TotalSeconds);
        return exploration;
    }

    private void FindEnds(StateTable states)
    {
        for (int state = 0; state < states.Count; state++)
        {
            if (Space.EndOf(states[state]) is { } end)
            {
                Ends.TryAdd(end, state);
            }
        }
    }

    private void Write(Evidence.Evidence ledger, WorldOptions options, double seconds)
    {
        ledger.Count("faults at most", options.Faults)
            .Count("distinct states", Result.Distinct)
            .Count("generated states", Result.Generated)
            .Count("deepest level", Result.Deepest)
            .Count("complete", Result.Complete ? 1 : 0)
            .Count("lane states", Space.LaneStates)
            .Count("lane transitions", Space.LaneMoves)
            .Count("inputs to real lanes", Space.LaneSteps)
            .Count("states of knowledge", Space.WatchStates)
            .Count("all orders", options.Reduced ? 0 : 1)
            .Count("node states", Space.NodeStates)
            .Count("node transitions", Space.NodeMoves)
            .Count("seconds of exploring", Math.Round(seconds, 1));
        if (Result.Wrong is not null)
        {
            ledger.Found(Result.ToString());
        }

        if (Doomed.Count > 0)
        {
            ledger.Found("V1: no fault-free way leads to an end:\n  " + string.Join("\n  ", Doomed));
        }

        ledger.Write();
        Console.WriteLine($"explorer, {options.Name}: {Result}, {(Result.Complete ? "complete" : "not complete")}, "
            + $"{Space.LaneStates} lane states, "
            + $"{Space.WatchStates} states of knowledge, {Space.NodeStates} node states, {seconds:F1} s");
    }
}
