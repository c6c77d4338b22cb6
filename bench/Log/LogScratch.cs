using Ccr.AtomicActionLog;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Bench.Log;

/// <summary>A directory for logs on the disk that holds the build, and the records to put into them.</summary>
internal sealed class LogScratch : IDisposable
{
    private static readonly NodeName Tokyo = NodeName.Parse("tokyo");
    private static readonly NodeName Osaka = NodeName.Parse("osaka");
    private static readonly AeTitle Title = AeTitle.Of(Tokyo);
    private static readonly ManagerIdentity Superior = new(Osaka, new LogIdentity(7), 2);

    internal LogScratch()
    {
        Root = Path.Combine(AppContext.BaseDirectory, "scratch", Guid.NewGuid().ToString("n")[..8]);
        Directory.CreateDirectory(Root);
    }

    internal string Root { get; }

    internal FasterAtomicActionLog Open(string name, long limitBytes) => FasterAtomicActionLog.Open(new LogOptions
    {
        Directory = Path.Combine(Root, name),
        Node = Tokyo,
        LimitBytes = limitBytes,
    });

    /// <summary>Octets of all records of a log on the disk.</summary>
    internal long OnDisk(string name) =>
        Directory.GetFiles(Path.Combine(Root, name), "records.*").Sum(path => new FileInfo(path).Length);

    /// <summary>The decision of an action with one branch at another node and one at a Server here.</summary>
    internal static LogCommit Commit(long number) => new(
        Action(number),
        null,
        null,
        [new Subordinate(Osaka, new BranchId(Title, Suffix.OfInteger(1)), "127.0.0.1:4001")],
        [new ServerBranch("files", new BranchId(Title, Suffix.OfInteger(2)))]);

    /// <summary>A promise to a superior.</summary>
    internal static LogReady Ready(long number) => new(
        Action(number),
        new BranchId(AeTitle.Of(Osaka), Suffix.OfInteger(1)),
        Superior,
        "127.0.0.1:4000",
        [],
        [new ServerBranch("files", new BranchId(Title, Suffix.OfInteger(2)))]);

    internal static Forget Forget(long number) => new(Action(number), null, Outcome.Committed);

    /// <summary>Octets of a record in the log.</summary>
    internal static int OctetsOf(LogContent content)
    {
        BerWriter writer = new();
        new LogRecord(default, 1_000_000, content).Write(writer);
        return writer.Length;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static AtomicActionId Action(long number) => new(Title, Suffix.OfCounter(1, (ulong)number));
}
