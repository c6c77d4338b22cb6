using Ccr.AtomicActionLog.Recovery;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Microsoft.Win32.SafeHandles;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>
/// A log of an epoch record and 20 others, forced one by one, the first half of them witnessed, whose manager then
/// stopped without a word. Its octets can be changed and put back.
/// </summary>
internal sealed class SmallLog : IDisposable
{
    internal const int Records = 21;
    internal const int Witnessed = 11;
    private readonly Scratch _scratch;

    internal SmallLog(bool cleanStop = false)
    {
        using Scratch origin = new();
        ManualTime time = new();
        FasterAtomicActionLog log = FasterAtomicActionLog.Open(new LogOptions
        {
            Directory = origin.Log,
            Node = Sample.Tokyo,
            LimitBytes = 1 << 20,
            Geometry = new LogGeometry(8192, 16384),
            AllowVolatileDirectory = true,
            Time = time,
        });
        for (int sequence = 2; sequence <= Records; sequence++)
        {
            log.Append(sequence % 3 == 0 ? Sample.Commit(sequence) : Sample.Ready(sequence, sequence % 2));
            int passedMs = sequence == Witnessed ? FasterAtomicActionLog.WitnessIntervalMs : 0;
            time.Advance(TimeSpan.FromMilliseconds(passedMs));
            log.Force();
        }

        if (cleanStop)
        {
            log.Dispose();
        }

        _scratch = origin.CopyLog();
        log.Dispose();
        Files = new LogFiles(_scratch.Log);
        Identity = LogIdentityFile.Read(Files)!;
        Octets = File.ReadAllBytes(Segment);
        using RecordScanner scanner = new(Files, Identity, [0]);
        while (scanner.Next(out FoundRecord record))
        {
            Found.Add(record);
        }

        Assert.Equal(Records, Found.Count);
    }

    internal LogFiles Files { get; }

    internal LogIdentityFile Identity { get; }

    internal string Segment => Files.Segment(0);

    /// <summary>What is in the segment.</summary>
    internal byte[] Octets { get; }

    /// <summary>Its records; number n has sequence n + 1.</summary>
    internal List<FoundRecord> Found { get; } = [];

    /// <summary>The first octet of a record's envelope.</summary>
    internal int EnvelopeAt(int sequence) => (int)Found[sequence - 1].Address + LogGeometry.EntryHeaderOctets;

    /// <summary>The octets of a record's envelope.</summary>
    internal int EnvelopeLength(int sequence) => BitConverter.ToInt32(Octets, (int)Found[sequence - 1].Address);

    /// <summary>The envelope that a record of this log would have.</summary>
    internal byte[] Envelope(long sequence, LogContent content)
    {
        BerWriter writer = new();
        new LogRecord(Identity.Log, sequence, content).Write(writer);
        return writer.Written.ToArray();
    }

    /// <summary>Makes these the octets of the segment.</summary>
    internal void Put(ReadOnlySpan<byte> octets)
    {
        using SafeFileHandle file = File.OpenHandle(Segment, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, octets, 0);
        if (RandomAccess.GetLength(file) != octets.Length)
        {
            RandomAccess.SetLength(file, octets.Length);
        }
    }

    /// <summary>Judges the log with one bit of the segment flipped.</summary>
    internal (long LastSequence, string? Refusal) JudgeFlipped(int bit)
    {
        int at = bit / 8;
        PutOctet(at, (byte)(Octets[at] ^ (1 << (bit % 8))));
        (long, string?) verdict = Judge();
        PutOctet(at, Octets[at]);
        return verdict;
    }

    /// <summary>The log's last record if it may be written on, or the refusal.</summary>
    internal (long LastSequence, string? Refusal) Judge()
    {
        try
        {
            RecoveredLog log = LogRecovery.Run(Files, Identity);
            Assert.Equal(Expected(log.LastSequence), log.Live.Snapshot());
            return (log.LastSequence, null);
        }
        catch (LogFailedException refused)
        {
            return (0, refused.Message);
        }
    }

    /// <summary>What is live after so many records.</summary>
    internal List<LogContent> Expected(long lastSequence) =>
        [.. Found.Take((int)lastSequence).Skip(1).Select(record => record.Content!)];

    internal FasterAtomicActionLog Open() => _scratch.Open();

    private void PutOctet(int at, byte octet)
    {
        using SafeFileHandle file = File.OpenHandle(Segment, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, [octet], at);
    }

    public void Dispose() => _scratch.Dispose();
}
