using Ccr.Protocol.Messages;

namespace Ccr.Simulation;

/// <summary>How a Client leaves its action.</summary>
internal enum WorkEnding
{
    Close,
    Rollback,

    /// <summary>It is gone before TransClose.</summary>
    VanishWorking,

    /// <summary>It sends TransClose and is gone.</summary>
    VanishClosing,
}

/// <summary>Work at one Server, and at another one that this Server lets take part.</summary>
internal sealed record WorkStep(
    string Server, IReadOnlyList<Effect> Effects, (string Server, IReadOnlyList<Effect> Effects)? Onward);

/// <summary>One atomic action that a Client is to try.</summary>
internal sealed record WorkItem(int Number, long AtUs, int Home, IReadOnlyList<WorkStep> Steps)
{
    /// <summary>How many of the steps' Servers TransOpen names; the others join by TransOpenSub.</summary>
    internal int OpenedTogether { get; init; }

    internal WorkEnding Ending { get; init; }

    internal CloseAnswer Answer { get; init; }

    internal bool Acknowledges { get; init; }

    internal int TimeoutMs { get; init; }

    internal long ThinkUs { get; init; }

    /// <summary>Its work at databases, over connections of its own; or none.</summary>
    internal DatabaseWork? Databases { get; init; }

    internal IEnumerable<string> FirstServers => Steps.Take(OpenedTogether).Select(s => s.Server).Distinct();

    public override string ToString() =>
        $"{string.Join(", ", Steps.Select(s => s.Server + (s.Onward is { } on ? ">" + on.Server : "")))} "
        + $"{(Databases is { } d ? string.Join(", ", d.Steps.Select(s => s.Database)) + " " : "")}{Ending}";
}
