using System.Text;
using Ccr.Protocol.Names;

namespace Ccr.Artemis;

/// <summary>The records of a journal in octets, without their frame.</summary>
internal static class JournalCodec
{
    private enum Kind : byte
    {
        Started = 1,
        ManagerMet = 2,
        Taken = 3,
        ReadySaid = 4,
        CommittedNow = 5,
        CommittedAlone = 6,
        RolledBackNow = 7,
        Forgotten = 8,
        RestartedFrom = 9,
        Dropped = 10,
    }

    internal static byte[] ToOctets(JournalRecord record)
    {
        MemoryStream octets = new();
        using BinaryWriter writer = new(octets, Encoding.UTF8);
        Write(writer, record);
        writer.Flush();
        return octets.ToArray();
    }

    /// <exception cref="InvalidDataException">No record that this program knows.</exception>
    internal static JournalRecord Read(byte[] octets)
    {
        using BinaryReader reader = new(new MemoryStream(octets), Encoding.UTF8);
        Kind kind = (Kind)reader.ReadByte();
        return kind switch
        {
            Kind.Started => new Started(reader.ReadInt64()),
            Kind.ManagerMet => new ManagerMet(ReadIdentity(reader)),
            Kind.Taken => new Taken(reader.ReadInt64(), reader.ReadInt64(), ReadFigures(reader)),
            Kind.ReadySaid => new ReadySaid(
                reader.ReadInt64(), ReadAction(reader), ReadBranch(reader), ReadIdentity(reader)),
            Kind.CommittedNow => new CommittedNow(reader.ReadInt64()),
            Kind.CommittedAlone => new CommittedAlone(
                reader.ReadInt64(), ReadAction(reader), ReadBranch(reader), ReadIdentity(reader)),
            Kind.RolledBackNow => new RolledBackNow(reader.ReadInt64()),
            Kind.Forgotten => new Forgotten(reader.ReadInt64()),
            Kind.RestartedFrom => new RestartedFrom(reader.ReadInt64(), reader.ReadInt64()),
            Kind.Dropped => new Dropped([.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt64())]),
            _ => throw new InvalidDataException(
                $"The journal has a record of kind {(byte)kind}, which this program does not know: use a newer one."),
        };
    }

    private static void Write(BinaryWriter writer, JournalRecord record)
    {
        switch (record)
        {
            case Started started:
                Begin(writer, Kind.Started, started.Incarnation);
                break;
            case ManagerMet met:
                writer.Write((byte)Kind.ManagerMet);
                Write(writer, met.Manager);
                break;
            case Taken taken:
                Begin(writer, Kind.Taken, taken.Number);
                writer.Write(taken.Previous);
                Write(writer, taken.Figures);
                break;
            case ReadySaid ready:
                Begin(writer, Kind.ReadySaid, ready.Number);
                Write(writer, ready.Action, ready.Branch, ready.Manager);
                break;
            case CommittedNow committed:
                Begin(writer, Kind.CommittedNow, committed.Number);
                break;
            case CommittedAlone alone:
                Begin(writer, Kind.CommittedAlone, alone.Number);
                Write(writer, alone.Action, alone.Branch, alone.Manager);
                break;
            case RolledBackNow rolledBack:
                Begin(writer, Kind.RolledBackNow, rolledBack.Number);
                break;
            case Forgotten forgotten:
                Begin(writer, Kind.Forgotten, forgotten.Number);
                break;
            case RestartedFrom restarted:
                Begin(writer, Kind.RestartedFrom, restarted.Number);
                writer.Write(restarted.LastNumber);
                break;
            case Dropped dropped:
                writer.Write((byte)Kind.Dropped);
                writer.Write(dropped.Numbers.Count);
                dropped.Numbers.ToList().ForEach(writer.Write);
                break;
            default:
                throw new InvalidOperationException($"A journal cannot hold {record}.");
        }
    }

    private static void Begin(BinaryWriter writer, Kind kind, long number)
    {
        writer.Write((byte)kind);
        writer.Write(number);
    }

    private static void Write(
        BinaryWriter writer, AtomicActionId action, BranchId branch, ManagerIdentity manager)
    {
        writer.Write(action.ToString());
        writer.Write(branch.ToString());
        Write(writer, manager);
    }

    private static void Write(BinaryWriter writer, ManagerIdentity manager)
    {
        writer.Write(manager.Node.Value);
        writer.Write((ulong)(manager.Log.Value >> 64));
        writer.Write((ulong)manager.Log.Value);
        writer.Write(manager.Epoch);
    }

    private static void Write(BinaryWriter writer, CheckpointFigures figures)
    {
        writer.Write(figures.TakenAtMs);
        writer.Write(figures.PauseNs);
        writer.Write(figures.DirtyPages);
        writer.Write(figures.StoredOctets);
        writer.Write(figures.Threads);
        writer.Write(figures.IsFull);
    }

    private static CheckpointFigures ReadFigures(BinaryReader reader) => new(
        reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32(),
        reader.ReadBoolean());

    private static ManagerIdentity ReadIdentity(BinaryReader reader) => new(
        NodeName.Parse(reader.ReadString()),
        new LogIdentity(new UInt128(reader.ReadUInt64(), reader.ReadUInt64())),
        reader.ReadUInt32());

    private static AtomicActionId ReadAction(BinaryReader reader) =>
        AtomicActionId.TryParse(reader.ReadString(), out AtomicActionId? action)
            ? action
            : throw new InvalidDataException("The journal names an action that is none.");

    private static BranchId ReadBranch(BinaryReader reader) =>
        BranchId.TryParse(reader.ReadString(), out BranchId? branch)
            ? branch
            : throw new InvalidDataException("The journal names a branch that is none.");
}
