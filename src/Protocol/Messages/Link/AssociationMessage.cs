using Ccr.Protocol.Ber;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>What concerns one association of a connection.</summary>
public abstract record AssociationMessage(long Association) : LinkMessage
{
    private protected override void WriteFields(BerWriter writer) => writer.WriteInteger(C0, Association);
}
