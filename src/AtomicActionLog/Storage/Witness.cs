using System.Buffers.Binary;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>What a witness says: how far the log had been forced, and when (SEM-18).</summary>
/// <param name="Generation">Rises with each writing.</param>
/// <param name="Sequence">The last record known to be forced.</param>
/// <param name="TimeUs">When, in microseconds since 1970.</param>
/// <param name="CleanStop">True when nothing was written to the log afterwards.</param>
internal readonly record struct WitnessSlot(long Generation, long Sequence, long TimeUs, bool CleanStop)
{
    /// <summary>The time in words.</summary>
    internal string When => DateTimeOffset.UnixEpoch.AddTicks(TimeUs * TimeSpan.TicksPerMicrosecond)
        .ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", null);
}

/// <summary>
/// The file beside the log that says how far the log must reach at least. Two slots are written in turn, so that a
/// stop in the middle of a writing leaves the other one whole.
/// </summary>
internal sealed class Witness : IDisposable
{
    private const int SlotStride = 4096;
    private const int SlotOctets = 64;
    private const int ChecksumAt = SlotOctets - sizeof(uint);
    private const ulong Magic = 0x4343525749544E31; // "CCRWITN1"
    private readonly IDiskFile _file;
    private readonly LogIdentity _log;
    private readonly TimeProvider _time;
    private long _generation;

    private Witness(IDiskFile file, LogIdentity log, TimeProvider time, long generation)
    {
        _file = file;
        _log = log;
        _time = time;
        _generation = generation;
        Written = time.GetTimestamp();
    }

    /// <summary>The sequence that was written last.</summary>
    internal long Sequence { get; private set; }

    /// <summary>When it was written last, in the clock's own units.</summary>
    internal long Written { get; private set; }

    /// <summary>Opens the file for writing; the next slot written is of a generation above the one read.</summary>
    internal static Witness Open(IDisk disk, LogFiles files, LogIdentity log, TimeProvider time, long generation) =>
        new(disk.Open(files.Witness), log, time, generation);

    /// <summary>The newest whole slot; null when the file is there but empty (an operator accepts its loss).</summary>
    /// <exception cref="LogFailedException">There is none.</exception>
    internal static WitnessSlot? Read(LogFiles files, LogIdentity log)
    {
        byte[] octets = files.Disk.Exists(files.Witness) ? files.Disk.ReadAll(files.Witness) : [0];
        if (octets.Length == 0)
        {
            return null;
        }

        WitnessSlot? first = ReadSlot(octets, 0, log);
        WitnessSlot? second = ReadSlot(octets, SlotStride, log);
        return Newer(first, second) ?? throw new LogFailedException(
            $"The log's witness '{files.Witness}' is missing or damaged, so that a cut end of the log could not be "
            + "seen. Restore it from a copy of this log's directory; or, if you accept that risk, make it an empty "
            + "file, and start again. Nothing was changed.");
    }

    /// <summary>True when a whole slot, of whichever log, tells of records.</summary>
    internal static bool TellsOfRecords(LogFiles files)
    {
        byte[] octets = files.Disk.Exists(files.Witness) ? files.Disk.ReadAll(files.Witness) : [];
        return ReadSlot(octets, 0, null)?.Sequence > 0 || ReadSlot(octets, SlotStride, null)?.Sequence > 0;
    }

    /// <summary>Writes the next slot and forces it.</summary>
    internal void Write(long sequence, bool cleanStop)
    {
        long generation = _generation + 1;
        Span<byte> slot = stackalloc byte[SlotOctets];
        slot.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(slot, Magic);
        _log.Write(slot[8..]);
        BinaryPrimitives.WriteInt64BigEndian(slot[24..], generation);
        BinaryPrimitives.WriteInt64BigEndian(slot[32..], sequence);
        BinaryPrimitives.WriteInt64BigEndian(slot[40..], MicrosecondsNow());
        slot[48] = cleanStop ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(slot[ChecksumAt..], Crc32C.Of(slot[..ChecksumAt]));
        _file.Write(slot, generation % 2 * SlotStride);
        _file.Sync();
        _generation = generation;
        Sequence = sequence;
        Written = _time.GetTimestamp();
    }

    public void Dispose() => _file.Dispose();

    private static WitnessSlot? Newer(WitnessSlot? first, WitnessSlot? second) =>
        first is { } one && second is { } other ? (one.Generation > other.Generation ? one : other) : first ?? second;

    private static WitnessSlot? ReadSlot(byte[] octets, int at, LogIdentity? log)
    {
        if (octets.Length < at + SlotOctets)
        {
            return null;
        }

        ReadOnlySpan<byte> slot = octets.AsSpan(at, SlotOctets);
        bool whole = BinaryPrimitives.ReadUInt64BigEndian(slot) == Magic
            && BinaryPrimitives.ReadUInt32BigEndian(slot[ChecksumAt..]) == Crc32C.Of(slot[..ChecksumAt])
            && (log is null || LogIdentity.Read(slot[8..24]) == log);
        return whole
            ? new WitnessSlot(
                BinaryPrimitives.ReadInt64BigEndian(slot[24..]),
                BinaryPrimitives.ReadInt64BigEndian(slot[32..]),
                BinaryPrimitives.ReadInt64BigEndian(slot[40..]),
                slot[48] == 1)
            : null;
    }

    private long MicrosecondsNow() =>
        (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
