using Ccr.Invariants;

namespace Ccr.Simulation;

/// <summary>How a seed is to be run.</summary>
public sealed record SimulationOptions
{
    /// <summary>Write a transcript, besides its hash.</summary>
    public bool Transcript { get; init; }

    /// <summary>How often kinds of fault are drawn, compared with the usual; a kind that is not named: 1.</summary>
    public IReadOnlyDictionary<FaultKind, double> Weights { get; init; } = new Dictionary<FaultKind, double>();

    /// <summary>The checker that is told everything; null: a new one.</summary>
    public AtomicityChecker? Checker { get; init; }

    /// <summary>A check at the end besides the usual ones: a sentence of what is wrong, or null. For tests.</summary>
    internal Func<SimWorld, string?>? ExtraCheck { get; init; }

    internal double WeightOf(FaultKind kind) => Weights.GetValueOrDefault(kind, 1);
}
