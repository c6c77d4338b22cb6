using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog;

/// <summary>What <see cref="LogInspector.Verify"/> found.</summary>
/// <param name="Directory">The log's directory.</param>
/// <param name="Node">The node whose log it is.</param>
/// <param name="Log">The log's identity.</param>
/// <param name="FirstSequence">The first record found; 0 when there is none.</param>
/// <param name="LastSequence">The last record found.</param>
/// <param name="Kinds">How many records there are of each kind.</param>
public sealed record LogReport(
    string Directory,
    NodeName Node,
    LogIdentity Log,
    long FirstSequence,
    long LastSequence,
    IReadOnlyDictionary<string, long> Kinds)
{
    /// <summary>The last epoch; 0 when a manager never started on this log, or could not.</summary>
    public uint Epoch { get; init; }

    /// <summary>How many records are live.</summary>
    public int Live { get; init; }

    /// <summary>Why no manager can start on this log, naming the first damage; null when one can.</summary>
    public string? Damage { get; init; }

    /// <summary>What an operator should know besides, in sentences.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>True when a manager can start on this log.</summary>
    public bool IsSound => Damage is null;

    /// <summary>The report in words, line by line.</summary>
    public IReadOnlyList<string> Lines()
    {
        long records = Kinds.Values.Sum();
        List<string> lines = [$"The log of node {Node} in '{Directory}', identity {Log}."];
        lines.Add(records == 0
            ? "It holds no records."
            : $"It holds {records} records, {FirstSequence} to {LastSequence}; the last epoch is {Epoch}, "
                + $"{Live} records are live.");
        lines.AddRange(Kinds.Select(kind => $"  {kind.Value,10}  {kind.Key}"));
        lines.AddRange(Notices);
        lines.Add(Damage ?? "It is sound: a manager can start on it.");
        return lines;
    }
}
