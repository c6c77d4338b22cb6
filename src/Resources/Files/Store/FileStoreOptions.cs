namespace Ccr.Resources.Files.Store;

/// <summary>How a <see cref="FileStore"/> is set up.</summary>
internal sealed class FileStoreOptions
{
    /// <summary>The folder whose files are served.</summary>
    internal required string Root { get; init; }

    /// <summary>The Server's own folder, outside the root, on a disk that keeps its promises.</summary>
    internal required string StateFolder { get; init; }

    /// <summary>How long a request waits for a lock, before jitter.</summary>
    internal int WaitLimitMs { get; init; } = 2_000;

    /// <summary>How far the wait limit swings either way.</summary>
    internal int WaitJitterPercent { get; init; } = 50;

    /// <summary>Octets of updates that all actions together may keep in memory.</summary>
    internal long StoreOctetsMax { get; init; } = FileLimits.StoreOctetsMax;

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The source of jitter.</summary>
    internal Random Random { get; init; } = Random.Shared;

    /// <summary>Told what an operator should know.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>
    /// Told once when a commitment could not be completed: what is on the disk is unknown, and the process has to
    /// stop. Recovery does it again.
    /// </summary>
    internal Action<string> Failed { get; init; } = _ => { };

    /// <summary>Called between the steps on the disk.</summary>
    internal Action<FaultPoint> Fault { get; init; } = _ => { };
}
