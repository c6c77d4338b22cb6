namespace Ccr.Artemis;

/// <summary>Which group a checkpoint server serves, and for which manager.</summary>
public sealed record CheckpointServerOptions
{
    /// <summary>Where the group keeps its things.</summary>
    public required GroupFolder Folder { get; init; }

    /// <summary>How it is kept.</summary>
    public GroupSettings Settings { get; init; } = new();

    /// <summary>The manager's node: the Server is called NODE.artemis-GROUP.</summary>
    public required string Node { get; init; }

    /// <summary>The manager's socket.</summary>
    public required string ManagerSocket { get; init; }

    /// <summary>The Location Server's socket, where the node has one.</summary>
    public string? LocationSocket { get; init; }

    /// <summary>Takes lines for people.</summary>
    public Action<string> Log { get; init; } = static _ => { };

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal string ServerName => $"{Node}.artemis-{Folder.Name}";

    /// <summary>How long an action waits for the group's turn.</summary>
    internal TimeSpan TurnPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a checkpoint waits for a program that is alive and not connected.</summary>
    internal TimeSpan MemberPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a checkpoint waits for the program's answers.</summary>
    internal TimeSpan AnswerPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a program that has not stopped yet is told again to look at its socket.</summary>
    internal TimeSpan SignalAgain { get; init; } = TimeSpan.FromSeconds(1);
}
