using System.Formats.Asn1;
using Ccr.Protocol;
using Ccr.Protocol.Ber;

namespace Ccr.Hostile.Properties;

/// <summary>
/// Walks octets with our reader and with System.Formats.Asn1 in BER mode: is each element there, and what does each
/// INTEGER, BOOLEAN, NULL, OBJECT IDENTIFIER, OCTET STRING and UTF8String hold?
/// </summary>
internal static class Differential
{
    /// <summary>Where the two may differ, and why ours is right for us.</summary>
    public static readonly (string Name, string Why)[] Explained =
    [
        ("depth", "More than 24 elements inside one another are TooDeep for us (Limits.BerDepthMax); the other has no "
            + "limit of its own."),
        ("integer of more than 8 octets", "No INTEGER of ours is longer: BadValue. The other reads any."),
        ("end-of-contents as an element", "Tag 0 where an element is due is BadTag for us at once; the other passes a "
            + "universal tag 0 of no content as an element of its own."),
        ("tag number", "Numbers above 2^23 - 1 are one unknown number to us, above 2^31 - 1 the other refuses them."),
    ];

    /// <summary>What the two make of the same octets: null where they agree.</summary>
    /// <param name="octets">Any.</param>
    /// <param name="explained">Which of the explanations was used; -1 for none.</param>
    public static string? Disagreement(ReadOnlyMemory<byte> octets, out int explained)
    {
        explained = -1;
        Walk ours = Ours(octets.Span);
        Walk theirs = Theirs(octets);
        if (ours.Good == theirs.Good && (!ours.Good || ours.Hash == theirs.Hash))
        {
            return null;
        }

        explained = Explain(ours, theirs);
        return explained >= 0
            ? null
            : $"{Convert.ToHexString(octets.Span)}: ours {ours}, theirs {theirs}";
    }

    private static int Explain(Walk ours, Walk theirs) => (ours, theirs) switch
    {
        ({ Good: false, Why: "TooDeep" }, _) => 0,
        ({ Good: false, Why: "long integer" }, _) => 1,
        ({ HasZeroTag: true }, _) => 2,
        ({ HasHugeTag: true }, _) => 3,
        _ => -1,
    };

    /// <summary>How a walk went.</summary>
    internal record struct Walk(bool Good, string Why, ulong Hash, bool HasZeroTag, bool HasHugeTag)
    {
        public void Note(int tag, ReadOnlySpan<byte> content)
        {
            Hash = (Hash * 0x100000001B3) ^ (uint)tag;
            foreach (byte octet in content)
            {
                Hash = (Hash * 0x100000001B3) ^ octet;
            }
        }
    }

    private static Walk Ours(ReadOnlySpan<byte> octets)
    {
        BerStatus status = default;
        BerReader reader = new(octets, ref status);
        Walk walk = new(true, "", 14695981039346656037, false, false);
        OurElements(ref reader, ref walk);
        walk.Good = status.Ok;
        walk.Why = walk.Why.Length > 0 && !status.Ok ? walk.Why : status.Error.ToString();
        walk.HasZeroTag = status.Error == BerError.BadTag && status.Position < octets.Length
            && (octets[status.Position] & ~0x20) == 0;
        return walk;
    }

    private static void OurElements(ref BerReader reader, ref Walk walk)
    {
        while (reader.PeekTag(out BerTag tag))
        {
            walk.HasHugeTag |= tag.Number >= BerTag.NumberMax;
            if (tag.Constructed && !IsString(tag.Value))
            {
                BerReader inner = reader.Enter(tag.Value);
                walk.Note(tag.Value, [1]);
                OurElements(ref inner, ref walk);
                walk.Note(tag.Value, [2]);
                continue;
            }

            OurValue(ref reader, tag.Value, ref walk);
        }
    }

    private static void OurValue(ref BerReader reader, int tag, ref Walk walk)
    {
        switch (tag)
        {
            case BerTag.Integer:
                BerReader copy = reader;
                ReadOnlySpan<byte> element = copy.ReadRaw();
                long value = reader.ReadInteger(tag);
                walk.Why = element.Length > 10 ? "long integer" : walk.Why;
                walk.Note(tag, BitConverter.GetBytes(value));
                break;
            case BerTag.Boolean:
                walk.Note(tag, [reader.ReadBoolean(tag) ? (byte)1 : (byte)0]);
                break;
            case BerTag.Null:
                reader.ReadNull(tag);
                walk.Note(tag, []);
                break;
            case BerTag.Oid:
                walk.Note(tag, reader.ReadOid(tag));
                break;
            case BerTag.OctetString:
                walk.Note(tag, reader.ReadOctets(tag));
                break;
            case BerTag.Utf8String:
                walk.Note(tag, System.Text.Encoding.UTF8.GetBytes(reader.ReadText(tag, int.MaxValue)));
                break;
            default:
                walk.Note(tag, reader.ReadRaw());
                break;
        }
    }

    private static bool IsString(int tag) => tag is BerTag.OctetString or BerTag.Utf8String or BerTag.Integer
        or BerTag.Boolean or BerTag.Null or BerTag.Oid;

    private static Walk Theirs(ReadOnlyMemory<byte> octets)
    {
        Walk walk = new(true, "", 14695981039346656037, false, false);
        try
        {
            TheirElements(new AsnReader(octets, AsnEncodingRules.BER), ref walk);
        }
        catch (AsnContentException refused)
        {
            walk.Good = false;
            walk.Why = refused.Message;
        }

        return walk;
    }

    private static void TheirElements(AsnReader reader, ref Walk walk)
    {
        while (reader.HasData)
        {
            Asn1Tag tag = reader.PeekTag();
            int value = tag.TagValue < 31
                ? ((int)tag.TagClass) | tag.TagValue
                : ((int)tag.TagClass) | 31 | (tag.TagValue << 8);
            walk.HasZeroTag |= value == 0;
            if (tag.IsConstructed && !IsString(value))
            {
                walk.Note(value, [1]);
                ReadOnlyMemory<byte> element = reader.ReadEncodedValue();
                AsnDecoder.ReadEncodedValue(
                    element.Span, AsnEncodingRules.BER, out int content, out int length, out _);
                TheirElements(new AsnReader(element.Slice(content, length), AsnEncodingRules.BER), ref walk);
                walk.Note(value, [2]);
                continue;
            }

            TheirValue(reader, value, ref walk);
        }
    }

    private static void TheirValue(AsnReader reader, int tag, ref Walk walk)
    {
        switch (tag)
        {
            case BerTag.Integer:
                ReadOnlySpan<byte> integer = reader.ReadIntegerBytes().Span;
                long value = integer[0] >= 0x80 ? -1 : 0;
                foreach (byte octet in integer)
                {
                    value = (value << 8) | octet;
                }

                walk.Note(tag, BitConverter.GetBytes(value));
                break;
            case BerTag.Boolean:
                walk.Note(tag, [reader.ReadBoolean() ? (byte)1 : (byte)0]);
                break;
            case BerTag.Null:
                reader.ReadNull();
                walk.Note(tag, []);
                break;
            case BerTag.Oid:
                ReadOnlySpan<byte> content = reader.PeekContentBytes().Span;
                reader.ReadObjectIdentifier();
                walk.Note(tag, content);
                break;
            case BerTag.OctetString:
                walk.Note(tag, reader.ReadOctetString());
                break;
            case BerTag.Utf8String:
                walk.Note(tag, System.Text.Encoding.UTF8.GetBytes(
                    reader.ReadCharacterString(UniversalTagNumber.UTF8String)));
                break;
            default:
                walk.Note(tag, reader.ReadEncodedValue().Span);
                break;
        }
    }
}
