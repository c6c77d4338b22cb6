using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>A Server registers: its name, kind, incarnation (raised at each start, SEM-7) and addresses.</summary>
public sealed record Register(
    long Reference, string Server, string Kind, long Incarnation, IReadOnlyList<string> Addresses)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Register"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);

    private protected override int Alternative => 14;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Server);
        writer.WriteText(C2, Kind);
        writer.WriteInteger(C3, Incarnation);
        writer.WriteTexts(C4, Addresses);
    }

    internal static Register Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadServerName(C1), reader.ReadText(C2),
        reader.ReadInteger(C3, 1, long.MaxValue), reader.ReadTexts(C4));
}

/// <summary>Answers <see cref="Register"/>: who the manager is.</summary>
public sealed record Registered(long Reference, ManagerIdentity Identity) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 15;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteIdentity(C1, Identity);
    }

    internal static Registered Read(ref BerReader reader) => new(reader.ReadNatural(C0), reader.ReadIdentity(C1));
}

/// <summary>What a starting Server finds prepared or decided, in parts (SEM-3).</summary>
public sealed record Found(string Server, IReadOnlyList<FoundBranch> Branches, bool Last) : SessionMessage
{
    /// <inheritdoc cref="Found"/>
    public IReadOnlyList<FoundBranch> Branches { get; init => field = ValueList.Of(value); } = ValueList.Of(Branches);

    private protected override int Alternative => 16;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteServerName(C0, Server);
        writer.WriteList(C1, Branches);
        writer.WriteBoolean(C2, Last);
    }

    internal static Found Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadList(C1, FoundBranch.Read), reader.ReadBoolean(C2));
}

/// <summary>A branch that a starting Server found, and the manager to which Ready was said (SEM-3).</summary>
public sealed record FoundBranch(AtomicActionId Action, BranchId Branch, ManagerIdentity Promised, FoundState State)
    : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteAction(C0, Action);
        writer.WriteBranch(C1, Branch);
        writer.WriteIdentity(C2, Promised);
        writer.WriteEnumerated(C3, (int)State);
        writer.End(mark);
    }

    internal static FoundBranch Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        FoundBranch value = new(
            inner.ReadAction(C0), inner.ReadBranch(C1), inner.ReadIdentity(C2),
            (FoundState)inner.ReadEnum(C3, (int)FoundState.RolledBack));
        inner.End();
        return value;
    }
}
