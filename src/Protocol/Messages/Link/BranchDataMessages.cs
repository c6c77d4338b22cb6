using Ccr.Protocol.Ber;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>From the superior on a live branch: one more Server at a node that already takes part.</summary>
public sealed record ExtendData(long Association, long Reference, string Server) : AssociationMessage(Association)
{
    private protected override int Alternative => 7;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        int content = writer.Begin(C1);
        int extend = writer.Begin(C0);
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Server);
        writer.End(extend);
        writer.End(content);
    }

    internal static ExtendData Read(long association, ref BerReader content)
    {
        BerReader extend = content.Enter(C0);
        ExtendData value = new(association, extend.ReadNatural(C0), extend.ReadServerName(C1));
        extend.End();
        return value;
    }
}

/// <summary>From the subordinate: answers <see cref="ExtendData"/>.</summary>
public sealed record ExtendedData(long Association, long Reference, ServerPlace Place)
    : AssociationMessage(Association)
{
    private protected override int Alternative => 7;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        int content = writer.Begin(C1);
        int extended = writer.Begin(C1);
        writer.WriteInteger(C0, Reference);
        Place.Write(writer, C1);
        writer.End(extended);
        writer.End(content);
    }

    internal static ExtendedData Read(long association, ref BerReader content)
    {
        BerReader extended = content.Enter(C1);
        ExtendedData value = new(association, extended.ReadNatural(C0), ServerPlace.Read(ref extended, C1));
        extended.End();
        return value;
    }
}
