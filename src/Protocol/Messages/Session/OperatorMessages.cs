using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>An operator takes a heuristic decision.</summary>
public sealed record Resolve(
    long Reference, AtomicActionId Action, BranchId? Branch, Decision Decision, string Operator)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 38;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteOptionalBranch(C2, Branch);
        writer.WriteEnumerated(C3, (int)Decision);
        writer.WriteText(C4, Operator);
    }

    internal static Resolve Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), reader.ReadOptionalBranch(C2),
        (Decision)reader.ReadEnum(C3, (int)Decision.Rollback), reader.ReadText(C4));
}

/// <summary>An operator has dealt with the damage of an action (SEM-4).</summary>
public sealed record ForgetDamage(long Reference, AtomicActionId Action, string Operator)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 39;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteText(C2, Operator);
    }

    internal static ForgetDamage Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), reader.ReadText(C2));
}

/// <summary>An operator accepts a known name on another log (SEM-6).</summary>
public sealed record ResetNode(long Reference, NodeName Node, string Operator) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 40;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteNode(C1, Node);
        writer.WriteText(C2, Operator);
    }

    internal static ResetNode Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadNode(C1), reader.ReadText(C2));
}

/// <summary>The operator's order is carried out.</summary>
public sealed record Accomplished(long Reference, string Text) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 41;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteSentence(C1, Text);
    }

    internal static Accomplished Read(ref BerReader reader) => new(reader.ReadNatural(C0), reader.ReadText(C1));
}
