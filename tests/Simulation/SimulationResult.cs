namespace Ccr.Simulation;

/// <summary>What running one seed came to.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Sentence">What was wrong, in a sentence; null when nothing was.</param>
/// <param name="Counters">What happened, counted.</param>
/// <param name="TranscriptHash">A hash of all that happened: equal for equal seeds.</param>
public sealed record SimulationResult(ulong Seed, string? Sentence, SimulationCounters Counters, ulong TranscriptHash)
{
    /// <summary>True when something was wrong.</summary>
    public bool Failed => Sentence is not null;

    /// <summary>The kind of what was wrong: the rule that its sentence begins with; null when nothing was.</summary>
    public string? Rule => Sentence?.Split(':')[0];

    /// <summary>The transcript, where one was asked for.</summary>
    public string Transcript { get; init; } = "";

    /// <summary>Which messages, records and inputs occurred, and how often.</summary>
    public SimulationCoverage Coverage { get; init; } = new();

    internal SimPlan? Plan { get; init; }
}
