using System.Text;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Conformance.Apdus;

/// <summary>An APDU in words: the same text as apdu_oracle.erl makes of its own decoded value.</summary>
internal static class ApduWords
{
    internal static string Of(Apdu apdu) => $"c{apdu.Name[1..]}{Fields(apdu)} {User(apdu.User)}";

    private static string Fields(Apdu apdu) => apdu switch
    {
        InitializeApdu i =>
            $" {Bits(i.Version)} {Bits(i.Requirements)} {Word(i.ReadyCollisionReservation)}",
        BeginRi b => $" {Identifier(b.Owner, b.ActionSuffix)} {Suffix(b.BranchSuffix)}",
        RecoverApdu r => $" {Identifier(r.Owner, r.ActionSuffix)} {Identifier(r.Initiator, r.BranchSuffix)}"
            + $" {Word(r.State)} {Word(r.Reversed)}",
        NochangeRi n => $" {Word(n.Confirmation)}",
        NochangeRc n => $" {Word(n.Outcome)}",
        _ => "",
    };

    // "StaticCommitment" is "static-commitment" in the module.
    private static string Word(object value)
    {
        StringBuilder word = new();
        foreach (char c in value.ToString()!)
        {
            word.Append(char.IsUpper(c) && word.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        }

        return word.ToString();
    }

    private static string Bits<T>(T flags) where T : struct, Enum => $"[{string.Join(",", Enum.GetValues<T>()
        .Where(bit => Convert.ToUInt32(bit, null) != 0 && flags.HasFlag(bit)).Select(bit => Word(bit)))}]";

    private static string Identifier(PartyName party, Suffix suffix) => $"{{{Party(party)} {Suffix(suffix)}}}";

    private static string Suffix(Suffix suffix) => suffix.IsInteger
        ? $"form2:{suffix.Integer}"
        : $"form1:{Convert.ToHexString(suffix.Octets)}";

    private static string Party(PartyName party)
    {
        if (party.Title is null)
        {
            return $"side:{Word(party.Side)}";
        }

        BerStatus status = default;
        BerReader reader = new(party.Title.Encoded, ref status);
        return reader.NextIs(BerTag.Oid)
            ? $"oid:{Oid(reader.ReadOid(BerTag.Oid))}"
            : $"name:{Names(reader.Enter(BerTag.Sequence))}";
    }

    private static string Names(BerReader names)
    {
        StringBuilder words = new();
        while (!names.AtEnd)
        {
            List<string> attributes = [];
            BerReader rdn = names.Enter(BerTag.Set);
            while (!rdn.AtEnd)
            {
                BerReader attribute = rdn.Enter(BerTag.Sequence);
                string type = Oid(attribute.ReadOid(BerTag.Oid));
                int tag = attribute.PeekTag();
                attributes.Add($"{type}={KindOf(tag)}:{Convert.ToHexString(attribute.ReadOctets(tag))}");
            }

            // A SET OF has no order: in words it gets one.
            words.Append('[').AppendJoin(',', attributes.Order(StringComparer.Ordinal)).Append(']');
        }

        return words.ToString();
    }

    private static string KindOf(int tag) => tag switch
    {
        BerTag.PrintableString => "printable",
        BerTag.TeletexString => "teletex",
        BerTag.Utf8String => "utf8",
        BerTag.Ia5String => "ia5",
        BerTag.NumericString => "numeric",
        _ => "?",
    };

    private static string Oid(ReadOnlySpan<byte> content)
    {
        List<long> arcs = [];
        long arc = 0;
        foreach (byte octet in content)
        {
            arc = (arc << 7) | (uint)(octet & 0x7F);
            if (octet < 0x80)
            {
                if (arcs.Count == 0)
                {
                    arcs.Add(long.Min(arc / 40, 2));
                    arc -= 40 * arcs[0];
                }

                arcs.Add(arc);
                arc = 0;
            }
        }

        return string.Join('.', arcs);
    }

    private static string User(UserData user) =>
        user.IsPresent ? $"[{string.Join(",", user.Values.Select(External))}]" : "none";

    private static string External(External e)
    {
        string direct = e.DirectReference.IsEmpty ? "-" : $":{Oid(e.DirectReference)}";
        string indirect = e.IndirectReference is { } context ? $":{context}" : "-";
        string descriptor = e.HasDescriptor ? $":{Convert.ToHexString(e.Descriptor)}" : "-";
        string value = e.Encoding switch
        {
            ExternalEncoding.SingleAsn1Type => "single-ASN1-type:",
            ExternalEncoding.OctetAligned => "octet-aligned:",
            _ => $"arbitrary:{(e.Value.Length * 8) - e.UnusedBits}:",
        };
        return $"({direct} {indirect} {descriptor} {value}{Convert.ToHexString(e.Value)})";
    }
}
