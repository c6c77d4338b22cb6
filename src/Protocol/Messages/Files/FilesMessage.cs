using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>What is said to a file Server (CCR-Files).</summary>
public abstract record FilesMessage : IBerMessage
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
    public static FilesMessage? Decode(ReadOnlySpan<byte> frame, out BerStatus status)
    {
        status = default;
        BerReader reader = new(frame, ref status, NameCache.Titles);
        FilesMessage? message = ReadAny(ref reader);
        reader.EndFrame();
        return status.Ok ? message : null;
    }

    private protected abstract void WriteFields(BerWriter writer);

    private static FilesMessage? ReadAny(ref BerReader reader)
    {
        int alternative = reader.PeekContext();
        if (alternative < 0)
        {
            reader.Fail(reader.AtEnd ? BerError.Truncated : BerError.UnexpectedElement);
            return null;
        }

        BerReader inner = reader.Enter(BerTag.Context(alternative));
        FilesMessage? message = ReadFields(alternative, ref inner);
        inner.End();
        return message;
    }

    private static FilesMessage? ReadFields(int alternative, ref BerReader inner) => alternative switch
    {
        0 => FilesRequest.Read(ref inner),
        1 => FilesReply.Read(ref inner),
        2 => FilesRefused.Read(ref inner),
        _ => Unknown(ref inner),
    };

    private static FilesMessage? Unknown(ref BerReader inner)
    {
        inner.Fail(BerError.UnknownAlternative);
        return null;
    }
}
