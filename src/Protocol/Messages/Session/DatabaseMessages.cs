using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>A Client or an operator makes a database known to its node's manager, durably.</summary>
/// <param name="Reference">The asker's number.</param>
/// <param name="Name">What branches at it are called by: a Server's name, of this node.</param>
/// <param name="Kind">"postgresql" or "mysql".</param>
/// <param name="Connection">The driver's connection string.</param>
/// <param name="Driver">Empty: the manager's own driver; else "TYPE, ASSEMBLY" of a DbProviderFactory.</param>
/// <param name="Path">Empty, or the file of that assembly.</param>
public sealed record RegisterDatabase(
    long Reference, string Name, string Kind, string Connection, string Driver, string Path)
    : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 46;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Name);
        writer.WriteText(C2, Kind);
        writer.WriteText(C3, Connection);
        writer.WriteText(C4, Driver);
        writer.WriteText(C5, Path);
    }

    internal static RegisterDatabase Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadServerName(C1), reader.ReadText(C2), reader.ReadText(C3),
        reader.ReadText(C4), reader.ReadText(C5));
}

/// <summary>Which prepared branches stand in the databases of this node? One database, or all.</summary>
public sealed record AskOrphans(long Reference, string? Database) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 47;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteOptionalText(C1, Database);
    }

    internal static AskOrphans Read(ref BerReader reader) =>
        new(reader.ReadNatural(C0), reader.ReadOptionalText(C1));
}

/// <summary>
/// Answers <see cref="AskOrphans"/>; the notes say which databases could not be looked into, and why.
/// </summary>
public sealed record Orphans(long Reference, IReadOnlyList<Orphan> Items, IReadOnlyList<string> Notes)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Orphans"/>
    public IReadOnlyList<Orphan> Items { get; init => field = ValueList.Of(value); } = ValueList.Of(Items);

    /// <inheritdoc cref="Orphans"/>
    public IReadOnlyList<string> Notes { get; init => field = ValueList.Of(value); } = ValueList.Of(Notes);

    private protected override int Alternative => 48;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteList(C1, Items);
        writer.WriteTexts(C2, Notes);
    }

    internal static Orphans Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadList(C1, Orphan.Read), reader.ReadTexts(C2));
}

/// <summary>One prepared branch as a database shows it, and what the manager's log says of it.</summary>
/// <param name="Database">The database's name.</param>
/// <param name="Name">The branch's name there.</param>
/// <param name="Owner">The database's role that prepared it.</param>
/// <param name="Action">Whose branch it is; null where the name does not say.</param>
/// <param name="Branch">Which branch; null where the name does not say.</param>
/// <param name="Manager">Who promised it; empty where the name does not say.</param>
/// <param name="AgeMs">Since it was prepared; -1: unknown.</param>
/// <param name="Locks">Held by it; -1: unknown.</param>
/// <param name="Blocked">Sessions that wait for it; -1: unknown.</param>
/// <param name="Verdict">"live", "commit", "roll back", "foreign", or a sentence.</param>
public sealed record Orphan(
    string Database, string Name, string Owner, AtomicActionId? Action, BranchId? Branch, string Manager,
    long AgeMs, long Locks, long Blocked, string Verdict)
    : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteServerName(C0, Database);
        writer.WriteText(C1, Name);
        writer.WriteText(C2, Owner);
        writer.WriteOptionalAction(C3, Action);
        writer.WriteOptionalBranch(C4, Branch);
        writer.WriteText(C5, Manager);
        writer.WriteInteger(C6, AgeMs);
        writer.WriteInteger(C7, Locks);
        writer.WriteInteger(C8, Blocked);
        writer.WriteSentence(C9, Verdict);
        writer.End(mark);
    }

    internal static Orphan Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        Orphan value = new(
            inner.ReadServerName(C0), inner.ReadText(C1), inner.ReadText(C2), inner.ReadOptionalAction(C3),
            inner.ReadOptionalBranch(C4), inner.ReadText(C5), inner.ReadInteger(C6), inner.ReadInteger(C7),
            inner.ReadInteger(C8), inner.ReadText(C9));
        inner.End();
        return value;
    }
}

/// <summary>An operator ends one prepared branch: as the log says, or by hand, which is recorded.</summary>
public sealed record ResolveOrphan(
    long Reference, string Database, string Name, OrphanDecision Decision, string Operator)
    : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 49;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Database);
        writer.WriteText(C2, Name);
        writer.WriteEnumerated(C3, (int)Decision);
        writer.WriteText(C4, Operator);
    }

    internal static ResolveOrphan Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadServerName(C1), reader.ReadText(C2),
        (OrphanDecision)reader.ReadEnum(C3, (int)OrphanDecision.Rollback), reader.ReadText(C4));
}

/// <summary>Scan the databases of this node now; answered when that is done.</summary>
public sealed record ScanDatabases(long Reference) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 50;

    private protected override void WriteFields(BerWriter writer) => writer.WriteInteger(C0, Reference);

    internal static ScanDatabases Read(ref BerReader reader) => new(reader.ReadNatural(C0));
}
