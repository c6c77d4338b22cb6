using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Gives this session identifiers, so that opening an action costs no round trip.</summary>
/// <param name="Reference">The asker's number.</param>
/// <param name="Count">How many, 1 to <see cref="Limits.LeasedActionsMax"/>.</param>
/// <param name="Lowest">Counters below it, leased before, are not used by this session any more.</param>
public sealed record LeaseActions(long Reference, int Count, long Lowest) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 42;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteInteger(C1, Count);
        writer.WriteInteger(C2, Lowest);
    }

    internal static LeaseActions Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadInt32(C1, 1, Limits.LeasedActionsMax), reader.ReadNatural(C2));
}

/// <summary>Answers <see cref="LeaseActions"/>: suffixes are this epoch and the counters from first on.</summary>
public sealed record Leased(long Reference, uint Epoch, long First, int Count) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 43;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteInteger(C1, Epoch);
        writer.WriteInteger(C2, First);
        writer.WriteInteger(C3, Count);
    }

    internal static Leased Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), (uint)reader.ReadInteger(C1, 1, uint.MaxValue),
        reader.ReadInteger(C2, 1, long.MaxValue), reader.ReadInt32(C3, 1, Limits.LeasedActionsMax));
}

/// <summary>
/// Branches that this session itself will prepare, said before the first PREPARE is sent; not answered. Opens the
/// action if its identifier was leased to this session (SEM-9).
/// </summary>
/// <param name="Action">The action.</param>
/// <param name="Branch">The Server's own branch, when a Server enlists; null from a Client.</param>
/// <param name="TimeoutMs">Rolled back when not closed by then; 0: the manager's default.</param>
/// <param name="Branches">The branches, with what is known of the backends that will prepare them.</param>
public sealed record Enlist(
    AtomicActionId Action, BranchId? Branch, int TimeoutMs, IReadOnlyList<ApplicationBranch> Branches)
    : SessionMessage, IActionMessage
{
    /// <inheritdoc cref="Enlist"/>
    public IReadOnlyList<ApplicationBranch> Branches { get; init => field = ValueList.Of(value); }
        = ValueList.Of(Branches);

    private protected override int Alternative => 44;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteOptionalBranch(C1, Branch);
        writer.WriteInteger(C2, TimeoutMs);
        writer.WriteList(C3, Branches);
    }

    internal static Enlist Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadOptionalBranch(C1), reader.ReadInt32(C2, 0, int.MaxValue),
        reader.ReadList(C3, ApplicationBranch.Read));
}

/// <summary>
/// These branches are prepared, as the database said; sent before TransClose or Ready, not answered. What was
/// enlisted and is not named by then is over.
/// </summary>
public sealed record Prepared(AtomicActionId Action, BranchId? Branch, IReadOnlyList<ApplicationBranch> Branches)
    : SessionMessage, IActionMessage
{
    /// <inheritdoc cref="Prepared"/>
    public IReadOnlyList<ApplicationBranch> Branches { get; init => field = ValueList.Of(value); }
        = ValueList.Of(Branches);

    private protected override int Alternative => 45;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteOptionalBranch(C1, Branch);
        writer.WriteList(C2, Branches);
    }

    internal static Prepared Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadOptionalBranch(C1), reader.ReadList(C2, ApplicationBranch.Read));
}

/// <summary>One branch whose work a session does itself, at a database of this node.</summary>
/// <param name="Server">The database's name: a Server of this node.</param>
/// <param name="Branch">Chosen by the session, unique in the action; its initiator is this node.</param>
/// <param name="Note">What ends it when its owner cannot: "pid=4711;xid=815".</param>
public sealed record ApplicationBranch(string Server, BranchId Branch, string Note) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteServerName(C0, Server);
        writer.WriteBranch(C1, Branch);
        writer.WriteText(C2, Note);
        writer.End(mark);
    }

    internal static ApplicationBranch Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        ApplicationBranch value = new(inner.ReadServerName(C0), inner.ReadBranch(C1), inner.ReadText(C2));
        inner.End();
        return value;
    }
}
