using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>A branch to another node; the address is a hint.</summary>
public sealed record Subordinate(NodeName Node, BranchId Branch, string Address) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteNode(C0, Node);
        writer.WriteBranch(C1, Branch);
        writer.WriteText(C2, Address);
        writer.End(mark);
    }

    internal static Subordinate Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        Subordinate value = new(inner.ReadNode(C0), inner.ReadBranch(C1), inner.ReadText(C2));
        inner.End();
        return value;
    }
}

/// <summary>A branch to a Server of this node.</summary>
/// <param name="Server">The Server's name.</param>
/// <param name="Branch">The branch.</param>
/// <param name="Note">Of an application branch: what its database's Server needs to end it; else null.</param>
public sealed record ServerBranch(string Server, BranchId Branch, string? Note = null) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteServerName(C0, Server);
        writer.WriteBranch(C1, Branch);
        writer.WriteOptionalText(C2, Note);
        writer.End(mark);
    }

    internal static ServerBranch Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        ServerBranch value = new(inner.ReadServerName(C0), inner.ReadBranch(C1), inner.ReadOptionalText(C2));
        inner.End();
        return value;
    }
}
