using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Which actions are there? One alone with its branches, only those held, at most so many.</summary>
public sealed record AskActions(long Reference, AtomicActionId? Action, bool Held, int Limit)
    : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 34;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteOptionalAction(C1, Action);
        writer.WriteBoolean(C2, Held);
        writer.WriteInteger(C3, Limit);
    }

    internal static AskActions Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadOptionalAction(C1), reader.ReadBoolean(C2),
        reader.ReadInt32(C3, 1, 100000));
}

/// <summary>Answers <see cref="AskActions"/>; total counts those beyond the limit too.</summary>
public sealed record Actions(long Reference, long Total, IReadOnlyList<ActionStatus> Items)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Actions"/>
    public IReadOnlyList<ActionStatus> Items { get; init => field = ValueList.Of(value); } = ValueList.Of(Items);

    private protected override int Alternative => 35;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteInteger(C1, Total);
        writer.WriteList(C2, Items);
    }

    internal static Actions Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadInteger(C1), reader.ReadList(C2, ActionStatus.Read));
}

/// <summary>One atomic action as an operator sees it; no branch at the root.</summary>
public sealed record ActionStatus(
    AtomicActionId Action, BranchId? Branch, NodeName? Superior, string State, long AgeMs, Outcome Outcome,
    IReadOnlyList<BranchStatus> Branches, IReadOnlyList<Damage> Damages, string Note)
    : IBerValue
{
    /// <inheritdoc cref="ActionStatus"/>
    public IReadOnlyList<BranchStatus> Branches { get; init => field = ValueList.Of(value); }
        = ValueList.Of(Branches);

    /// <inheritdoc cref="ActionStatus"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);

    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteAction(C0, Action);
        writer.WriteOptionalBranch(C1, Branch);
        writer.WriteOptionalNode(C2, Superior);
        writer.WriteText(C3, State);
        writer.WriteInteger(C4, AgeMs);
        writer.WriteEnumerated(C5, (int)Outcome);
        writer.WriteList(C6, Branches);
        writer.WriteList(C7, Damages);
        writer.WriteSentence(C8, Note);
        writer.End(mark);
    }

    internal static ActionStatus Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        ActionStatus value = new(
            inner.ReadAction(C0), inner.ReadOptionalBranch(C1), inner.ReadOptionalNode(C2), inner.ReadText(C3),
            inner.ReadInteger(C4), (Outcome)inner.ReadEnum(C5, (int)Outcome.Forgotten),
            inner.ReadList(C6, BranchStatus.Read), inner.ReadList(C7, Damage.Read), inner.ReadText(C8));
        inner.End();
        return value;
    }
}

/// <summary>One branch below: to "node osaka" or "server tokyo.files".</summary>
public sealed record BranchStatus(BranchId Branch, string To, string State) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteBranch(C0, Branch);
        writer.WriteText(C1, To);
        writer.WriteText(C2, State);
        writer.End(mark);
    }

    internal static BranchStatus Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        BranchStatus value = new(inner.ReadBranch(C0), inner.ReadText(C1), inner.ReadText(C2));
        inner.End();
        return value;
    }
}

/// <summary>Asks for the sequence chart of an action, from all nodes.</summary>
public sealed record AskTrace(long Reference, AtomicActionId Action)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 36;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
    }

    internal static AskTrace Read(ref BerReader reader) => new(reader.ReadNatural(C0), reader.ReadAction(C1));
}

/// <summary>Answers <see cref="AskTrace"/>; missing: the nodes that did not answer.</summary>
public sealed record Trace(long Reference, IReadOnlyList<TraceEvent> Events, IReadOnlyList<NodeName> Missing)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Trace"/>
    public IReadOnlyList<TraceEvent> Events { get; init => field = ValueList.Of(value); } = ValueList.Of(Events);

    /// <inheritdoc cref="Trace"/>
    public IReadOnlyList<NodeName> Missing { get; init => field = ValueList.Of(value); } = ValueList.Of(Missing);

    private protected override int Alternative => 37;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteList(C1, Events);
        writer.WriteNodes(C2, Missing);
    }

    internal static Trace Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadList(C1, TraceEvent.Read), reader.ReadNodes(C2));
}
