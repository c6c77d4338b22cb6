namespace Ccr.Simulation;

/// <summary>What is drawn once for a seed: everything that an operator or a builder of a system chooses.</summary>
internal sealed record Knobs
{
    internal int Nodes { get; init; }

    internal int ServersPerNode { get; init; }

    internal int DatabasesPerNode { get; init; }

    internal IReadOnlyList<int> Lanes { get; init; } = [];

    internal long LogLimitBytes { get; init; }

    internal int ActionTimeoutMs { get; init; }

    internal int BeginTimeoutMs { get; init; }

    internal int VoteTimeoutMs { get; init; }

    internal int RollbackTimeoutMs { get; init; }

    internal int RecoverAnswerTimeoutMs { get; init; }

    internal int RecoverBackoffMsMin { get; init; }

    internal int RecoverBackoffMsMax { get; init; }

    internal long OutcomeRetentionMs { get; init; }

    internal bool OnePhaseLocally { get; init; }

    internal int PingIntervalMs { get; init; } = 5_000;

    internal int PingTimeoutMs { get; init; } = 15_000;

    internal int HelloTimeoutMs { get; init; } = 3_000;

    internal double RefuseBeginChance { get; init; }

    internal double RefuseVoteChance { get; init; }

    internal double NoChangeChance { get; init; }

    internal double SplitChance { get; init; }

    internal long LatencyMaxUs { get; init; }

    internal long ForceMaxUs { get; init; }

    internal double LossChance { get; init; }

    internal double TearChance { get; init; }

    /// <summary>The longest time that a branch may stay undecided when all faults have ended (V1).</summary>
    internal long LivenessUs => ((2L * RecoverBackoffMsMax) + (4L * RecoverAnswerTimeoutMs) + (2L * PingTimeoutMs)
        + ActionTimeoutMs + VoteTimeoutMs + (2L * RollbackTimeoutMs) + (2L * BeginTimeoutMs) + 40_000) * 1_000;
}

/// <summary>All that a seed is to do: it is drawn first and carried out then, so that parts can be left out.</summary>
internal sealed record SimPlan(ulong Seed, Knobs Knobs, IReadOnlyList<FaultEvent> Faults, IReadOnlyList<WorkItem> Work)
{
    /// <summary>When the faults end.</summary>
    internal long FaultsEndUs { get; init; }
}
