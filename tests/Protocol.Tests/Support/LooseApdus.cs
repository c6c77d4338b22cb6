using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Tests.Support;

/// <summary>Writes APDUs in legal forms that are not ours, from the values alone (asn1/CCR.asn1).</summary>
internal sealed class LooseApdus(int seed)
{
    private readonly LooseBer _ber = new(seed);
    private readonly Random _random = new(seed + 1);

    internal byte[] Encode(Apdu apdu) => _ber.Constructed(
        0x80 | apdu.TagNumber, [.. Components(apdu), .. After(apdu), .. User(apdu.User)]);

    private IEnumerable<byte[]> Components(Apdu apdu) => apdu switch
    {
        BeginRi begin => [Titled(0x80, begin.Owner, begin.ActionSuffix), SuffixOf(begin.BranchSuffix)],
        RecoverApdu recover =>
        [
            Titled(0x80, recover.Owner, recover.ActionSuffix),
            Titled(0x81, recover.Initiator, recover.BranchSuffix),
            _ber.Primitive(0x82, (byte)recover.State),
            recover.Reversed || Maybe() ? _ber.Boolean(0x83, recover.Reversed) : [],
        ],
        InitializeApdu initialize =>
        [
            initialize.Version == VersionNumber.Version2 && Maybe()
                ? []
                : _ber.NamedBits(0x80, (uint)initialize.Version),
            initialize.Requirements == CcrRequirements.StaticCommitment && Maybe()
                ? []
                : _ber.NamedBits(0x81, (uint)initialize.Requirements),
            initialize.ReadyCollisionReservation && Maybe()
                ? []
                : _ber.Boolean(0x82, initialize.ReadyCollisionReservation),
        ],
        NochangeRi nochange => [_ber.Primitive(0x80, (byte)nochange.Confirmation)],
        NochangeRc nochange => [_ber.Primitive(0x80, (byte)nochange.Outcome)],
        _ => [],
    };

    private bool Maybe() => _random.Next(2) == 0;

    // Every APDU is extensible before its user data.
    private IEnumerable<byte[]> After(Apdu apdu) => apdu.TagNumber > 0 ? [_ber.Unknown(), _ber.Unknown()] : [];

    private byte[] Titled(int tag, PartyName party, Suffix suffix) => _ber.Constructed(
        tag,
        party.Title is null ? _ber.Primitive(0x81, (byte)party.Side) : _ber.Constructed(0x80, Title(party.Title)),
        SuffixOf(suffix));

    private byte[] SuffixOf(Suffix suffix)
    {
        if (!suffix.IsInteger)
        {
            return _ber.String(0x82, suffix.Octets);
        }

        BerWriter writer = new();
        writer.WriteInteger(0x83, suffix.Integer);
        return _ber.Primitive(0x83, writer.Written[2..].ToArray());
    }

    private byte[] Title(AeTitle title)
    {
        BerStatus status = default;
        BerReader reader = new(title.Encoded, ref status);
        if (reader.NextIs(BerTag.Oid))
        {
            return _ber.Primitive(BerTag.Oid, reader.ReadOid(BerTag.Oid).ToArray());
        }

        List<byte[]> rdns = [];
        BerReader names = reader.Enter(BerTag.Sequence);
        while (!names.AtEnd)
        {
            List<byte[]> attributes = [];
            BerReader rdn = names.Enter(BerTag.Set);
            while (!rdn.AtEnd)
            {
                BerReader attribute = rdn.Enter(BerTag.Sequence);
                byte[] type = _ber.Primitive(BerTag.Oid, attribute.ReadOid(BerTag.Oid).ToArray());
                int tag = attribute.PeekTag();
                attributes.Insert(_random.Next(attributes.Count + 1), _ber.Constructed(
                    BerTag.Sequence, type, _ber.String(tag, attribute.ReadOctets(tag))));
            }

            rdns.Add(_ber.Constructed(BerTag.Set, [.. attributes]));
        }

        return _ber.Constructed(BerTag.Sequence, [.. rdns]);
    }

    private byte[][] User(UserData user) => user.IsPresent
        ? [_ber.Constructed(0x80 | 30, [.. user.Values.Select(External)])]
        : [];

    private byte[] External(External external)
    {
        byte[] value = external.Encoding switch
        {
            ExternalEncoding.SingleAsn1Type => _ber.Constructed(0x80, external.Value.ToArray()),
            ExternalEncoding.OctetAligned => _ber.String(0x81, external.Value),
            _ => external.Value.IsEmpty
                ? _ber.Primitive(0x82, 0)
                : _ber.Bits(0x82, external.UnusedBits, external.Value),
        };
        BerWriter indirect = new();
        indirect.WriteInteger(BerTag.Integer, external.IndirectReference ?? 0);
        return _ber.Constructed(
            BerTag.External,
            external.DirectReference.IsEmpty ? [] : _ber.Primitive(BerTag.Oid, external.DirectReference.ToArray()),
            external.IndirectReference is null ? [] : indirect.Written.ToArray(),
            external.HasDescriptor ? _ber.String(BerTag.ObjectDescriptor, external.Descriptor) : [],
            value);
    }
}
