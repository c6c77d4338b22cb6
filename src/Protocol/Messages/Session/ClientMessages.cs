using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>A Client opens an atomic action and names its Servers; timeout 0: the manager's default.</summary>
public sealed record TransOpen(long Reference, IReadOnlyList<string> Servers, int TimeoutMs)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="TransOpen"/>
    public IReadOnlyList<string> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);

    private protected override int Alternative => 3;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerNames(C1, Servers);
        writer.WriteInteger(C2, TimeoutMs);
    }

    internal static TransOpen Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadServerNames(C1), reader.ReadInt32(C2, 0, int.MaxValue));
}

/// <summary>The atomic action is open: its identifier, and where each Server began.</summary>
public sealed record TransOpenAck(long Reference, AtomicActionId Action, IReadOnlyList<ServerPlace> Places)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="TransOpenAck"/>
    public IReadOnlyList<ServerPlace> Places { get; init => field = ValueList.Of(value); } = ValueList.Of(Places);

    private protected override int Alternative => 4;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteList(C2, Places);
    }

    internal static TransOpenAck Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), reader.ReadList(C2, ServerPlace.Read));
}

/// <summary>
/// Extends the action to one more Server; the branch is the asking Server's own, null from a Client.
/// </summary>
public sealed record TransOpenSub(long Reference, AtomicActionId Action, BranchId? Branch, string Server)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 5;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteOptionalBranch(C2, Branch);
        writer.WriteServerName(C3, Server);
    }

    internal static TransOpenSub Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), reader.ReadOptionalBranch(C2), reader.ReadServerName(C3));
}

/// <summary>Answers <see cref="TransOpenSub"/>.</summary>
public sealed record TransOpenSubAck(long Reference, AtomicActionId Action, ServerPlace Place)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 6;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        Place.Write(writer, C2);
    }

    internal static TransOpenSubAck Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), ServerPlace.Read(ref reader, C2));
}

/// <summary>Asks for commitment (SEM-1, SEM-2).</summary>
public sealed record TransClose(long Reference, AtomicActionId Action, CloseAnswer Answer)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 7;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteEnumerated(C2, (int)Answer);
    }

    internal static TransClose Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), (CloseAnswer)reader.ReadEnum(C2, (int)CloseAnswer.Decided));
}

/// <summary>The action is committed.</summary>
public sealed record DoneCommit(long Reference, AtomicActionId Action, IReadOnlyList<Damage> Damages)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="DoneCommit"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);

    private protected override int Alternative => 8;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteList(C2, Damages);
    }

    internal static DoneCommit Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), reader.ReadList(C2, Damage.Read));
}

/// <summary>Asks for rollback.</summary>
public sealed record TransRollback(long Reference, AtomicActionId Action)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 9;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
    }

    internal static TransRollback Read(ref BerReader reader) => new(reader.ReadNatural(C0), reader.ReadAction(C1));
}

/// <summary>The action is rolled back, asked for (the reference) or not (0).</summary>
public sealed record RolledBack(long Reference, AtomicActionId Action, Refusal Refusal, IReadOnlyList<Damage> Damages)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="RolledBack"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);

    private protected override int Alternative => 10;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        Refusal.Write(writer, C2);
        writer.WriteList(C3, Damages);
    }

    internal static RolledBack Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), Refusal.Read(ref reader, C2),
        reader.ReadList(C3, Damage.Read));
}

/// <summary>What became of this action?</summary>
public sealed record AskOutcome(long Reference, AtomicActionId Action)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 11;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
    }

    internal static AskOutcome Read(ref BerReader reader) => new(reader.ReadNatural(C0), reader.ReadAction(C1));
}

/// <summary>Answers <see cref="AskOutcome"/>.</summary>
public sealed record OutcomeIs(long Reference, AtomicActionId Action, Outcome Outcome, IReadOnlyList<Damage> Damages)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="OutcomeIs"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);

    private protected override int Alternative => 12;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteEnumerated(C2, (int)Outcome);
        writer.WriteList(C3, Damages);
    }

    internal static OutcomeIs Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), (Outcome)reader.ReadEnum(C2, (int)Outcome.Forgotten),
        reader.ReadList(C3, Damage.Read));
}

/// <summary>The outcomes have arrived; they may be forgotten (SEM-1).</summary>
public sealed record Acknowledge(IReadOnlyList<AtomicActionId> Actions) : SessionMessage
{
    /// <inheritdoc cref="Acknowledge"/>
    public IReadOnlyList<AtomicActionId> Actions { get; init => field = ValueList.Of(value); }
        = ValueList.Of(Actions);

    private protected override int Alternative => 13;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteActions(C0, Actions);
    }

    internal static Acknowledge Read(ref BerReader reader) => new(reader.ReadActions(C0));
}
