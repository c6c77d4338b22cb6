using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Apdus;

/// <summary>One APDU of X.852, CCR-APDUS (asn1/CCR.asn1).</summary>
public abstract record Apdu : IBerMessage
{
    internal const int UserDataTag = 0x80 | 30;

    private protected Apdu()
    {
    }

    /// <summary>Its user data: always the last component.</summary>
    public UserData User { get; init; } = UserData.None;

    /// <summary>The number of its tag (ccr-standard.md 2.2).</summary>
    public abstract int TagNumber { get; }

    /// <summary>Its name in the standard, for example "C-BEGIN-RI".</summary>
    public abstract string Name { get; }

    /// <summary>Decodes a frame that holds one APDU and nothing behind it.</summary>
    /// <returns>The APDU; null with the reason in <paramref name="status"/>.</returns>
    public static Apdu? Decode(ReadOnlySpan<byte> octets, out BerStatus status, AeTitleCache? titles = null)
    {
        status = default;
        BerReader reader = new(octets, ref status, titles);
        Apdu? apdu = Read(ref reader);
        reader.EndFrame();
        return status.Ok ? apdu : null;
    }

    /// <summary>Reads one APDU as a component of a message; null when that failed.</summary>
    public static Apdu? Read(ref BerReader reader)
    {
        int tag = reader.PeekTag();
        switch (tag)
        {
            case 0x81: return BeginRi.Read(ref reader, tag);
            case 0x82: return new BeginRc { User = ReadBare(ref reader, tag) };
            case 0x83: return new PrepareRi { User = ReadBare(ref reader, tag) };
            case 0x84: return new ReadyRi { User = ReadBare(ref reader, tag) };
            case 0x85: return new CommitRi { User = ReadBare(ref reader, tag) };
            case 0x86: return new CommitRc { User = ReadBare(ref reader, tag) };
            case 0x87: return new RollbackRi { User = ReadBare(ref reader, tag) };
            case 0x88: return new RollbackRc { User = ReadBare(ref reader, tag) };
            case 0x89: return RecoverRi.Read(ref reader, tag);
            case 0x8A: return RecoverRc.Read(ref reader, tag);
            case 0x8B: return InitializeRi.Read(ref reader, tag);
            case 0x8C: return InitializeRc.Read(ref reader, tag);
            case 0x8D: return NochangeRi.Read(ref reader, tag);
            case 0x8E: return NochangeRc.Read(ref reader, tag);
            case 0x8F: return new CancelRi { User = ReadBare(ref reader, tag) };
            default:
                // ccr-standard.md 2.3: an unknown alternative at top level is a protocol error.
                reader.Fail(tag >= 0 ? BerError.UnknownAlternative
                    : reader.Depth == 0 ? BerError.Truncated : BerError.MissingElement);
                return null;
        }
    }

    /// <summary>Writes the APDU with its own tag.</summary>
    public void Write(BerWriter writer) => Write(writer, 0x80 | TagNumber);

    /// <summary>Writes the APDU with the tag of a component that is IMPLICIT (CCR-Link Associate).</summary>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        WriteComponents(writer);
        User.Write(writer, UserDataTag);
        writer.End(mark);
    }

    internal virtual void WriteComponents(BerWriter writer)
    {
    }

    // The end of every APDU: unknown elements of the extension, then user data, then nothing.
    internal static UserData ReadUser(ref BerReader inner)
    {
        inner.SkipUntil(UserDataTag);
        if (inner.AtEnd)
        {
            return UserData.None;
        }

        UserData user = UserData.Read(ref inner, UserDataTag);
        inner.EndExactly();
        return user;
    }

    private static UserData ReadBare(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        return ReadUser(ref inner);
    }
}
