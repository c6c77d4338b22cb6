using System.Buffers;
using System.Text.Unicode;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Ber;

/// <summary>AE titles (asn1/ACSE-AE-Title-Subset.asn1), made canonical while they are read.</summary>
public ref partial struct BerReader
{
    private static readonly SearchValues<byte> NumericOctets = SearchValues.Create(" 0123456789"u8);

    private static readonly SearchValues<byte> PrintableOctets = SearchValues.Create(
        " '()+,-./:=?0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>
    /// AE-title: form 1 with string-valued RDNs, or form 2. Whatever BER form it has, the title holds the one
    /// canonical (DER) form, so that equal titles have equal octets. Null when it is no title.
    /// </summary>
    public AeTitle? ReadAeTitle()
    {
        int start = _position;
        int length = PlainLength();
        if (length > 0)
        {
            ReadOnlySpan<byte> plain = _octets.Slice(start, length);
            AeTitle? title = _titles?.Find(plain);
            if (title is null && (IsPlainName(plain) || IsPlainOid(plain)))
            {
                title = AeTitle.FromCanonical(plain);
                _titles?.Add(title);
            }

            if (title is not null)
            {
                _position = start + length;
                return title;
            }
        }

        return ReadForeignTitle(start);
    }

    // The length of the whole next element when it has the shape that nearly all titles have: one length octet.
    private readonly int PlainLength()
    {
        if (_end - _position < 2 || _octets[_position] is not (0x30 or 0x06))
        {
            return 0;
        }

        int length = _octets[_position + 1];
        return length < 0x80 && length <= _end - _position - 2 ? length + 2 : 0;
    }

    private static bool IsPlainOid(ReadOnlySpan<byte> e) => e[0] == 0x06 && IsOid(e[2..]);

    // One RDN of one attribute, every length in one octet: 30 L 31 L-2 30 L-4 06 n OID string m TEXT.
    private static bool IsPlainName(ReadOnlySpan<byte> e)
    {
        bool nested = e.Length > 9 && e[0] == 0x30 && e[2] == 0x31 && e[3] == e.Length - 4
            && e[4] == 0x30 && e[5] == e.Length - 6 && e[6] == 0x06;
        if (!nested || e[7] > e.Length - 10)
        {
            return false;
        }

        ReadOnlySpan<byte> value = e[(8 + e[7])..];
        return value[1] == value.Length - 2 && IsOid(e.Slice(8, e[7])) && IsRdnString(value[0], value[2..]);
    }

    private AeTitle? ReadForeignTitle(int start)
    {
        BerWriter canonical = new(Limits.AeTitleOctetsMax);
        int tag = PeekTag();
        if (tag == BerTag.Oid)
        {
            canonical.WriteOid(tag, ReadOid(tag));
        }
        else if (tag == BerTag.Sequence)
        {
            BerReader names = Enter(tag);
            WriteNames(ref names, canonical, start);
        }
        else
        {
            Fail(tag < 0 ? BerError.MissingElement : BerError.UnknownAlternative);
        }

        if (canonical.Length > Limits.AeTitleOctetsMax)
        {
            FailAt(BerError.TooLong, start);
        }

        if (Failed)
        {
            return null;
        }

        AeTitle? title = _titles?.Find(canonical.Written);
        if (title is null)
        {
            title = AeTitle.FromCanonical(canonical.Written);
            _titles?.Add(title);
        }

        return title;
    }

    private static void WriteNames(ref BerReader names, BerWriter canonical, int start)
    {
        int sequence = canonical.Begin(BerTag.Sequence);
        if (names.AtEnd)
        {
            names.FailAt(BerError.BadValue, start); // a title without any name names nothing
        }

        while (!names.AtEnd)
        {
            BerReader attributes = names.Enter(BerTag.Set);
            WriteAttributes(ref attributes, canonical, start);
        }

        canonical.End(sequence);
    }

    private static void WriteAttributes(ref BerReader attributes, BerWriter canonical, int start)
    {
        int set = canonical.Begin(BerTag.Set);
        if (attributes.AtEnd)
        {
            attributes.FailAt(BerError.BadValue, start);
        }

        while (!attributes.AtEnd)
        {
            int from = canonical.Length;
            BerReader attribute = attributes.Enter(BerTag.Sequence);
            int sequence = canonical.Begin(BerTag.Sequence);
            canonical.WriteOid(BerTag.Oid, attribute.ReadOid(BerTag.Oid));
            int tag = attribute.PeekTag();
            int at = attribute.Position;
            ReadOnlySpan<byte> text = attribute.ReadOctets(tag, Limits.AeTitleOctetsMax);
            if (!attribute.Failed && !IsRdnString(tag, text))
            {
                attribute.FailAt(BerError.BadValue, at);
            }

            canonical.WriteOctets(tag < 0 ? 0 : tag, text);
            attribute.EndExactly();
            canonical.End(sequence);
            canonical.SortLast(set, from);
            if (canonical.Length > Limits.AeTitleOctetsMax)
            {
                attributes.FailAt(BerError.TooLong, start);
            }
        }

        canonical.End(set);
    }

    // RdnString of the subset module, with the characters that each type allows (X.680 41.4).
    private static bool IsRdnString(int tag, ReadOnlySpan<byte> text) => tag switch
    {
        BerTag.Utf8String => Utf8.IsValid(text),
        BerTag.TeletexString => true,
        BerTag.Ia5String => !text.ContainsAnyInRange((byte)0x80, (byte)0xFF),
        BerTag.NumericString => !text.ContainsAnyExcept(NumericOctets),
        BerTag.PrintableString => !text.ContainsAnyExcept(PrintableOctets),
        _ => false,
    };
}
