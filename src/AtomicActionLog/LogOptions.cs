using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog;

/// <summary>How to open an atomic-action log.</summary>
public sealed class LogOptions
{
    /// <summary>The least that <see cref="LimitBytes"/> may be: 16 MiB.</summary>
    public const long LimitBytesMin = 16L << 20;

    /// <summary>The log's directory; it is made when there is none.</summary>
    public required string Directory { get; init; }

    /// <summary>The node whose log this is.</summary>
    public required NodeName Node { get; init; }

    /// <summary>How large the log may grow on the disk (SEM-19); 256 MiB.</summary>
    public long LimitBytes { get; init; } = 256L << 20;

    /// <summary>Accept a directory in memory, where nothing survives the machine: for tests and benchmarks.</summary>
    public bool AllowVolatileDirectory { get; init; }

    /// <summary>The clock, for the times in the log's witness.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The disk; another one in tests.</summary>
    internal IDisk Disk { get; init; } = PosixDisk.Instance;

    /// <summary>The geometry of a log that is made; null: by the limit.</summary>
    internal LogGeometry? Geometry { get; init; }

    /// <summary>The identity of a log that is made; null: drawn at random (SEM-6).</summary>
    internal LogIdentity? NewIdentity { get; init; }

    /// <summary>Refuses what no log can be opened with.</summary>
    internal void Check()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new LogFailedException(
                "The atomic-action log forces its records through Linux system calls: run the manager on Linux.");
        }

        if (Node.IsNone)
        {
            throw new LogFailedException("The log needs the name of its node: set the node's name.");
        }

        if (LimitBytes < LimitBytesMin && Geometry is null)
        {
            throw new LogFailedException(
                $"A log limit of {LimitBytes} octets is too small: allow {LimitBytesMin} or more.");
        }
    }
}
