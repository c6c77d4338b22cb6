using Ccr.Protocol.Machine;

namespace Ccr.Explorer.World;

/// <summary>Cells of the two protocol tables that say what to do, and which of them no exploration has taken.</summary>
public static class Cells
{
    private const string Switch = "Ccr.NoteCells";

    /// <summary>Has cells noted from now on; before the first lane.</summary>
    public static void Note() => AppContext.SetSwitch(Switch, true);

    /// <summary>How many there are.</summary>
    public static int Count =>
        CountOf<SuperiorState, SuperiorEvent>((s, e) => SuperiorMachine.CellOf(s, e).Verdict)
        + CountOf<SubordinateState, SubordinateEvent>((s, e) => SubordinateMachine.CellOf(s, e).Verdict);

    /// <summary>Those that were never taken, in words.</summary>
    public static IReadOnlyList<string> NeverTaken =>
    [
        .. SuperiorMachine.NeverTaken.Select(c => "superior: " + c),
        .. SubordinateMachine.NeverTaken.Select(c => "subordinate: " + c),
    ];

    /// <summary>Prints what was never taken, and writes it to where the evidence goes.</summary>
    public static void Write()
    {
        IReadOnlyList<string> never = NeverTaken;
        new Evidence.Evidence("explorer", "cells").Count("cells that say what to do", Count)
            .Count("cells taken", Count - never.Count).Write();
        string text = $"# Cells of the protocol tables that the explorer never took: {never.Count} of {Count}\n\n"
            + string.Join('\n', never.Select(c => "- " + c)) + "\n";
        Console.WriteLine(text);
        string? folder = Environment.GetEnvironmentVariable("CCR_EVIDENCE");
        if (!string.IsNullOrEmpty(folder))
        {
            File.WriteAllText(Path.Combine(folder, "explorer.cells.md"), text);
        }
    }

    private static int CountOf<TState, TEvent>(Func<TState, TEvent, Verdict> verdict)
        where TState : struct, Enum
        where TEvent : struct, Enum =>
        Enum.GetValues<TState>().Sum(s => Enum.GetValues<TEvent>().Count(
            e => verdict(s, e) is Verdict.Do or Verdict.Drop));
}
