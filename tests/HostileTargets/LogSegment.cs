using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Recovery;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Names;

namespace Ccr.Hostile.Targets;

/// <summary>One segment of a log with any octets in it, read by recovery.</summary>
public static class LogSegment
{
    /// <summary>The identity of the log that the octets pretend to be of.</summary>
    public static readonly LogIdentity Log = new(new UInt128(0x0102030405060708, 0x090A0B0C0D0E0F10));

    private static readonly LogIdentityFile Identity = new(Log, NodeName.Parse("tokyo"), new LogGeometry(1024, 4096));

    /// <summary>The last record, or -1 where the log is refused.</summary>
    public static int Scan(ReadOnlySpan<byte> octets)
    {
        try
        {
            return (int)LogRecovery.Run(new LogFiles("/log", new Memory(octets.ToArray())), Identity).LastSequence;
        }
        catch (LogFailedException)
        {
            return -1; // a refusal in words is what recovery promises
        }
    }

    /// <summary>A directory of one segment, which nobody writes.</summary>
    private sealed class Memory(byte[] segment) : IDisk
    {
        public Stream OpenRead(string path) => path.Contains("records.", StringComparison.Ordinal)
            ? new MemoryStream(segment, writable: false)
            : new MemoryStream([], writable: false);

        public bool Exists(string path) => true; // the witness too, empty: its loss was accepted

        public IEnumerable<string> List(string directory, string prefix) =>
            [Path.Combine(directory, "records.00000000")];

        public IDiskFile Open(string path) => throw ReadOnly();

        public void SyncDirectory(string directory) => throw ReadOnly();

        public void Rename(string from, string to) => throw ReadOnly();

        public void Remove(string path) => throw ReadOnly();

        private static InvalidOperationException ReadOnly() => new("Recovery changes nothing.");
    }
}
