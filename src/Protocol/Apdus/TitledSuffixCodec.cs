using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Apdus;

/// <summary>
/// ATOMIC-ACTION-IDENTIFIER and BRANCH-IDENTIFIER, which are one shape: a party's name and a suffix
/// (asn1/CCR.asn1).
/// </summary>
public static class TitledSuffixCodec
{
    private const int OctetsTag = 0x82;
    private const int IntegerTag = 0x83;

    /// <summary>Reads an ATOMIC-ACTION-IDENTIFIER whose owner is a title: our own messages have no sides.</summary>
    public static AtomicActionId? ReadAction(this ref BerReader reader, int tag) =>
        ReadTitled(ref reader, tag, out AeTitle? owner, out Suffix suffix) ? new AtomicActionId(owner!, suffix) : null;

    /// <summary>Reads a BRANCH-IDENTIFIER whose initiator is a title: our own messages have no sides.</summary>
    public static BranchId? ReadBranch(this ref BerReader reader, int tag) =>
        ReadTitled(ref reader, tag, out AeTitle? initiator, out Suffix suffix)
            ? new BranchId(initiator!, suffix)
            : null;

    /// <summary>Writes an ATOMIC-ACTION-IDENTIFIER.</summary>
    public static void WriteAction(this BerWriter writer, int tag, AtomicActionId action) =>
        Write(writer, tag, PartyName.Of(action.Owner), action.Suffix);

    /// <summary>Writes a BRANCH-IDENTIFIER.</summary>
    public static void WriteBranch(this BerWriter writer, int tag, BranchId branch) =>
        Write(writer, tag, PartyName.Of(branch.Initiator), branch.Suffix);

    /// <summary>Reads a Suffix, which has no tag of its own.</summary>
    public static Suffix ReadSuffix(ref BerReader reader)
    {
        int tag = reader.PeekTag();
        if (tag == OctetsTag)
        {
            ReadOnlySpan<byte> octets = reader.ReadOctets(OctetsTag, 1, Limits.SuffixOctetsMax);
            return octets.IsEmpty ? default : Suffix.OfOctets(octets);
        }

        if (tag == IntegerTag)
        {
            return Suffix.OfInteger(reader.ReadInteger(IntegerTag));
        }

        reader.Fail(tag < 0 ? BerError.MissingElement : BerError.UnknownAlternative);
        return default;
    }

    /// <summary>Writes a Suffix.</summary>
    public static void WriteSuffix(BerWriter writer, Suffix suffix)
    {
        if (suffix.IsInteger)
        {
            writer.WriteInteger(IntegerTag, suffix.Integer);
        }
        else
        {
            writer.WriteOctets(OctetsTag, suffix.Octets);
        }
    }

    internal static void Read(ref BerReader reader, int tag, out PartyName party, out Suffix suffix)
    {
        BerReader inner = reader.Enter(tag);
        party = PartyName.Read(ref inner);
        suffix = ReadSuffix(ref inner);
        inner.EndExactly();
    }

    internal static void Write(BerWriter writer, int tag, PartyName party, Suffix suffix)
    {
        int mark = writer.Begin(tag);
        party.Write(writer);
        WriteSuffix(writer, suffix);
        writer.End(mark);
    }

    private static bool ReadTitled(ref BerReader reader, int tag, out AeTitle? title, out Suffix suffix)
    {
        Read(ref reader, tag, out PartyName party, out suffix);
        title = party.Title;
        if (title is null)
        {
            reader.Fail(BerError.BadValue);
        }

        return !reader.Failed;
    }
}
