using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>What is said to a Location Server (CCR-Location).</summary>
public abstract record LocationMessage : IBerMessage
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
    public static LocationMessage? Decode(ReadOnlySpan<byte> frame, out BerStatus status)
    {
        status = default;
        BerReader reader = new(frame, ref status, NameCache.Titles);
        LocationMessage? message = ReadAny(ref reader);
        reader.EndFrame();
        return status.Ok ? message : null;
    }

    private protected abstract void WriteFields(BerWriter writer);

    private static LocationMessage? ReadAny(ref BerReader reader)
    {
        int alternative = reader.PeekContext();
        if (alternative < 0)
        {
            reader.Fail(reader.AtEnd ? BerError.Truncated : BerError.UnexpectedElement);
            return null;
        }

        BerReader inner = reader.Enter(BerTag.Context(alternative));
        LocationMessage? message = ReadFields(alternative, ref inner);
        inner.End();
        return message;
    }

    private static LocationMessage? ReadFields(int alternative, ref BerReader inner) => alternative switch
    {
        0 => RegisterPlace.Read(ref inner),
        1 => PlaceRegistered.Read(ref inner),
        2 => Withdraw.Read(ref inner),
        3 => LookUp.Read(ref inner),
        4 => PlaceFound.Read(ref inner),
        5 => LocationRefused.Read(ref inner),
        6 => ListPlaces.Read(ref inner),
        7 => Places.Read(ref inner),
        _ => Unknown(ref inner),
    };

    private static LocationMessage? Unknown(ref BerReader inner)
    {
        inner.Fail(BerError.UnknownAlternative);
        return null;
    }
}
