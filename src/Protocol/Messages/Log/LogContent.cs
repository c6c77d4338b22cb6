using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>The content of a record of the atomic-action log (CCR-Log).</summary>
public abstract record LogContent : IBerMessage, IBerValue
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

    /// <summary>Decodes a content; null when it is none, and the status says why. Never throws.</summary>
    public static LogContent? Decode(ReadOnlySpan<byte> frame, out BerStatus status)
    {
        status = default;
        BerReader reader = new(frame, ref status, NameCache.Titles);
        LogContent? message = ReadAny(ref reader);
        reader.EndFrame();
        return status.Ok ? message : null;
    }

    // One item of Checkpoint.live: a CHOICE carries its own tag.
    internal static LogContent Read(ref BerReader reader, int tag) => ReadAny(ref reader)!;

    void IBerValue.Write(BerWriter writer, int tag) => Write(writer);

    private protected abstract void WriteFields(BerWriter writer);

    internal static LogContent? ReadAny(ref BerReader reader)
    {
        int alternative = reader.PeekContext();
        if (alternative < 0)
        {
            reader.Fail(reader.AtEnd ? BerError.Truncated : BerError.UnexpectedElement);
            return null;
        }

        BerReader inner = reader.Enter(BerTag.Context(alternative));
        LogContent? message = ReadFields(alternative, ref inner);
        inner.End();
        return message;
    }

    private static LogContent? ReadFields(int alternative, ref BerReader inner) => alternative switch
    {
        0 => EpochRecord.Read(ref inner),
        1 => LogReady.Read(ref inner),
        2 => LogCommit.Read(ref inner),
        3 => Heuristic.Read(ref inner),
        4 => LogDamage.Read(ref inner),
        5 => Forget.Read(ref inner),
        6 => Checkpoint.Read(ref inner),
        7 => OnePhaseServer.Read(ref inner),
        8 => OperatorNote.Read(ref inner),
        9 => OutcomeHorizon.Read(ref inner),
        _ => Unknown(ref inner),
    };

    private static LogContent? Unknown(ref BerReader inner)
    {
        inner.Fail(BerError.UnknownAlternative);
        return null;
    }
}
