using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>A value that this profile carries in the user data of an APDU (CCR-Profile Profile-data).</summary>
public abstract record ProfileData : IBerMessage
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

    /// <summary>Decodes a value; null when it is none, and the status says why. Never throws.</summary>
    public static ProfileData? Decode(ReadOnlySpan<byte> frame, out BerStatus status)
    {
        status = default;
        BerReader reader = new(frame, ref status, NameCache.Titles);
        ProfileData? message = ReadAny(ref reader);
        reader.EndFrame();
        return status.Ok ? message : null;
    }

    private protected abstract void WriteFields(BerWriter writer);

    private static ProfileData? ReadAny(ref BerReader reader)
    {
        int alternative = reader.PeekContext();
        if (alternative < 0)
        {
            reader.Fail(reader.AtEnd ? BerError.Truncated : BerError.UnexpectedElement);
            return null;
        }

        BerReader inner = reader.Enter(BerTag.Context(alternative));
        ProfileData? message = ReadFields(alternative, ref inner);
        inner.End();
        return message;
    }

    private static ProfileData? ReadFields(int alternative, ref BerReader inner) => alternative switch
    {
        0 => IdentityData.Read(ref inner),
        1 => BeginData.Read(ref inner),
        2 => BegunData.Read(ref inner),
        3 => RefusalData.Read(ref inner),
        4 => HeuristicReport.Read(ref inner),
        5 => RequestContext.Read(ref inner),
        _ => Unknown(ref inner),
    };

    private static ProfileData? Unknown(ref BerReader inner)
    {
        inner.Fail(BerError.UnknownAlternative);
        return null;
    }
}
