using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Where one Server's part of an atomic action was begun, or why it was not.</summary>
/// <param name="Server">The Server's name.</param>
/// <param name="Node">The node it is at.</param>
/// <param name="Begun">Where it was begun, or null.</param>
/// <param name="Refused">Why it was not begun, or null: exactly one of the two is there.</param>
public sealed record ServerPlace(string Server, NodeName Node, BegunAt? Begun, Refusal? Refused) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteServerName(C0, Server);
        writer.WriteNode(C1, Node);
        writer.WriteResult(C2, Begun, Refused);
        writer.End(mark);
    }

    internal static ServerPlace Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        string server = inner.ReadServerName(C0);
        NodeName node = inner.ReadNode(C1);
        BegunAt? begun = inner.ReadResult(C2, BegunAt.Read, out Refusal? refused);
        inner.End();
        return new(server, node, begun, refused);
    }
}

/// <summary>
/// A branch that a Server has begun: requests to it carry the incarnation (SEM-8) and go to one of the addresses.
/// </summary>
public sealed record BegunAt(BranchId Branch, long Incarnation, IReadOnlyList<string> Addresses) : IBerValue
{
    /// <inheritdoc cref="BegunAt"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);

    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteBranch(C0, Branch);
        writer.WriteInteger(C1, Incarnation);
        writer.WriteTexts(C2, Addresses);
        writer.End(mark);
    }

    internal static BegunAt Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        BegunAt value = new(inner.ReadBranch(C0), inner.ReadNatural(C1), inner.ReadTexts(C2));
        inner.End();
        return value;
    }
}
