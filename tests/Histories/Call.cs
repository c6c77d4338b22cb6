namespace Ccr.Histories;

/// <summary>One operation of one client from its invocation to its end.</summary>
/// <param name="Process">Who asked.</param>
/// <param name="InvokedAt">The index of its invocation.</param>
/// <param name="EndedAt">The index of its end; <see cref="long.MaxValue"/> where the client was told nothing.</param>
/// <param name="Type">Ok, fail or info.</param>
/// <param name="Operation">With what was read where it is ok, otherwise as it was asked for.</param>
/// <param name="Action">The atomic action, where it is known.</param>
public sealed record Call(
    int Process, long InvokedAt, long EndedAt, EventType Type, Operation Operation, string? Action)
{
    /// <summary>"T17 (process 3, ok)", where 17 is the index of the invocation.</summary>
    public string Name => $"T{InvokedAt} (process {Process}, {Type.ToString().ToLowerInvariant()})";
}

/// <summary>Something that must not be in a history.</summary>
/// <param name="Name">The anomaly's name in the field: "G1a", "G-single", "incompatible order".</param>
/// <param name="Sentence">What was seen, with the transactions; cycles are drawn below it.</param>
public sealed record Anomaly(string Name, string Sentence)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Sentence}";
}

/// <summary>What a checker found, and how much it looked at.</summary>
/// <param name="Anomalies">Nothing here: the history is good.</param>
/// <param name="Counts">What was counted, by name.</param>
public sealed record Verdict(IReadOnlyList<Anomaly> Anomalies, IReadOnlyDictionary<string, long> Counts)
{
    /// <summary>True when nothing was found.</summary>
    public bool IsGood => Anomalies.Count == 0;

    /// <inheritdoc/>
    public override string ToString() => IsGood ? "nothing found" : string.Join('\n', Anomalies);
}
