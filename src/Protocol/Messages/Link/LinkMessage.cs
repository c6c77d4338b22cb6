using Ccr.Protocol.Ber;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>What two CCR Managers say to each other (CCR-Link).</summary>
public abstract record LinkMessage : IBerMessage
{
    /// <summary>The number of the alternative of the CHOICE that this is.</summary>
    private protected abstract int Alternative { get; }

    /// <inheritdoc/>
    public void Write(BerWriter writer)
    {
        int mark = writer.Begin(BerTag.Context(Alternative));
        WriteFields(writer);
        writer.End(mark);
    }

    /// <summary>Decodes a frame; null when it is none, and the status says why. Never throws.</summary>
    public static LinkMessage? Decode(ReadOnlySpan<byte> frame, out BerStatus status)
    {
        status = default;
        BerReader reader = new(frame, ref status, NameCache.Titles);
        LinkMessage? message = ReadAny(ref reader);
        reader.EndFrame();
        return status.Ok ? message : null;
    }

    private protected abstract void WriteFields(BerWriter writer);

    private static LinkMessage? ReadAny(ref BerReader reader)
    {
        int alternative = reader.PeekContext();
        if (alternative < 0)
        {
            reader.Fail(reader.AtEnd ? BerError.Truncated : BerError.UnexpectedElement);
            return null;
        }

        BerReader inner = reader.Enter(BerTag.Context(alternative));
        LinkMessage? message = ReadFields(alternative, ref inner);
        inner.End();
        return message;
    }

    private static LinkMessage? ReadFields(int alternative, ref BerReader inner) => alternative switch
    {
        0 => LinkHello.Read(ref inner),
        1 => LinkWelcome.Read(ref inner),
        2 => LinkRefused.Read(ref inner),
        3 => Associate.Read(ref inner),
        4 => Associated.Read(ref inner),
        5 => Rejected.Read(ref inner),
        6 => Data.Read(ref inner),
        7 => ReadBranchData(ref inner),
        8 => Abort.Read(ref inner),
        9 => Announce.Read(ref inner),
        10 => DamageReport.Read(ref inner),
        11 => DamageNoted.Read(ref inner),
        12 => TraceRequest.Read(ref inner),
        13 => TraceReply.Read(ref inner),
        14 => Ping.Read(ref inner),
        15 => Pong.Read(ref inner),
        _ => Unknown(ref inner),
    };

    private static AssociationMessage? ReadBranchData(ref BerReader inner)
    {
        long association = inner.ReadNatural(C0);
        BerReader content = inner.Enter(C1);
        switch (content.PeekContext())
        {
            case 0:
                return ExtendData.Read(association, ref content);
            case 1:
                return ExtendedData.Read(association, ref content);
            default:
                content.Fail(BerError.UnknownAlternative);
                return null;
        }
    }

    private static LinkMessage? Unknown(ref BerReader inner)
    {
        inner.Fail(BerError.UnknownAlternative);
        return null;
    }
}
