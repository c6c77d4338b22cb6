using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>One heuristic damage; counted once by action, node and branch (SEM-4).</summary>
public sealed record Damage(NodeName Node, BranchId Branch, DamageKind Kind, DamageTaken Taken, string Text)
    : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteNode(C0, Node);
        writer.WriteBranch(C1, Branch);
        writer.WriteEnumerated(C2, (int)Kind);
        writer.WriteEnumerated(C3, (int)Taken);
        writer.WriteSentence(C4, Text);
        writer.End(mark);
    }

    internal static Damage Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        Damage value = new(
            inner.ReadNode(C0), inner.ReadBranch(C1), (DamageKind)inner.ReadEnum(C2, (int)DamageKind.Hazard),
            (DamageTaken)inner.ReadEnum(C3, (int)DamageTaken.Unknown), inner.ReadText(C4));
        inner.End();
        return value;
    }
}
