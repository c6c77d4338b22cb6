using Ccr.AtomicActionLog.Storage;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>A directory of its own for one test, on the disk that holds the build; removed afterwards.</summary>
internal sealed class Scratch : IDisposable
{
    internal static readonly LogGeometry Small = new(4096, 16384);

    internal Scratch()
    {
        Root = Path.Combine(AppContext.BaseDirectory, "scratch", Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(Root);
    }

    internal string Root { get; }

    internal string Log => Path.Combine(Root, "log");

    internal LogOptions Options(
        long limitBytes = 1 << 20, IDisk? disk = null, NodeName? node = null, LogGeometry? geometry = null) => new()
        {
            Directory = Log,
            Node = node ?? Sample.Tokyo,
            LimitBytes = limitBytes,
            Geometry = geometry ?? Small,
            AllowVolatileDirectory = true,
            Disk = disk ?? PosixDisk.Instance,
        };

    internal FasterAtomicActionLog Open() => FasterAtomicActionLog.Open(Options());

    /// <summary>Copies the log as a stop of the machine would leave it, without the lock.</summary>
    internal Scratch CopyLog()
    {
        Scratch copy = new();
        Directory.CreateDirectory(copy.Log);
        foreach (string file in Directory.EnumerateFiles(Log).Where(path => Path.GetFileName(path) != "lock"))
        {
            File.Copy(file, Path.Combine(copy.Log, Path.GetFileName(file)));
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
