using System.Text;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Tests.Support;

/// <summary>Random values of every APDU, at their defaults and away from them; one seed, one sequence.</summary>
internal sealed class RandomApdus(int seed)
{
    private const string PrintableCharacters =
        " '()+,-./:=?0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly Random _random = new(seed);

    internal Apdu Next() => WithUser(_random.Next(1, 16) switch
    {
        1 => new BeginRi(Party(), NextSuffix(), NextSuffix()),
        2 => new BeginRc(),
        3 => new PrepareRi(),
        4 => new ReadyRi(),
        5 => new CommitRi(),
        6 => new CommitRc(),
        7 => new RollbackRi(),
        8 => new RollbackRc(),
        9 => new RecoverRi(Party(), NextSuffix(), Party(), NextSuffix(), State(), Maybe()),
        10 => new RecoverRc(Party(), NextSuffix(), Party(), NextSuffix(), State(), Maybe()),
        11 => new InitializeRi(Version(), Requirements(), Maybe()),
        12 => new InitializeRc(Version(), Requirements(), Maybe()),
        13 => new NochangeRi((NochangeConfirmation)_random.Next(2)),
        14 => new NochangeRc((NochangeOutcome)_random.Next(4)),
        _ => new CancelRi(),
    });

    internal AeTitle Title()
    {
        BerWriter writer = new();
        switch (_random.Next(4))
        {
            case 0:
                return AeTitle.Of(NodeName.Parse(Text("abcdefghijklmnopqrstuvwxyz0123456789-", 1, 24)));
            case 1:
                writer.WriteOid(BerTag.Oid, Oid());
                break;
            default:
                WriteName(writer, _random.Next(1, 4));
                break;
        }

        return AeTitle.FromCanonical(writer.Written);
    }

    private bool Maybe() => _random.Next(2) == 0;

    private Apdu WithUser(Apdu apdu) => _random.Next(3) switch
    {
        0 => apdu with { User = new UserData([.. Enumerable.Range(0, _random.Next(4)).Select(_ => NextExternal())]) },
        _ => apdu,
    };

    private PartyName Party() => _random.Next(4) switch
    {
        0 => PartyName.Sender,
        1 => PartyName.Receiver,
        _ => PartyName.Of(Title()),
    };

    private Suffix NextSuffix() => _random.Next(4) switch
    {
        0 => Suffix.OfInteger(_random.Next(-3, 4)),
        1 => Suffix.OfInteger(_random.NextInt64(long.MinValue, long.MaxValue) >> _random.Next(64)),
        _ => Suffix.OfOctets(Octets(1, Limits.SuffixOctetsMax)),
    };

    private RecoveryState State() => (RecoveryState)(new[] { 0, 1, 2, 3, 5 }[_random.Next(5)]);

    private VersionNumber Version() => (VersionNumber)_random.Next(4);

    private CcrRequirements Requirements() => (CcrRequirements)_random.Next(32);

    private External NextExternal()
    {
        byte[]? direct = Maybe() ? Oid() : null;
        long? indirect = direct is null || Maybe() ? _random.Next(-5, 300) : null;
        byte[]? descriptor = _random.Next(4) == 0 ? Encoding.ASCII.GetBytes(Text(PrintableCharacters, 0, 20)) : null;
        ExternalEncoding encoding = (ExternalEncoding)_random.Next(3);
        byte[] value = encoding == ExternalEncoding.SingleAsn1Type ? Element() : Octets(0, 200);
        int unused = encoding == ExternalEncoding.Arbitrary && value.Length > 0 ? _random.Next(8) : 0;
        if (unused > 0)
        {
            value[^1] &= (byte)(0xFF << unused);
        }

        return new External(direct, indirect, descriptor, encoding, value, unused);
    }

    private byte[] Element()
    {
        BerWriter writer = new();
        int mark = writer.Begin(BerTag.Context(_random.Next(60)));
        writer.WriteInteger(BerTag.Integer, _random.NextInt64());
        writer.WriteOctets(BerTag.OctetString, Octets(0, 150));
        writer.End(mark);
        return writer.Written.ToArray();
    }

    // Names in canonical order: attributes of one RDN differ in their types, which grow.
    private void WriteName(BerWriter writer, int rdns)
    {
        int sequence = writer.Begin(BerTag.Sequence);
        for (int i = 0; i < rdns; i++)
        {
            int set = writer.Begin(BerTag.Set);
            int attributes = _random.Next(1, 3);
            int length = _random.Next(0, 12);
            for (int k = 0; k < attributes; k++)
            {
                int attribute = writer.Begin(BerTag.Sequence);
                writer.WriteOid(BerTag.Oid, [0x55, 0x04, (byte)(3 + (10 * k) + _random.Next(10))]);
                WriteRdnString(writer, length);
                writer.End(attribute);
            }

            writer.End(set);
        }

        writer.End(sequence);
    }

    private void WriteRdnString(BerWriter writer, int length)
    {
        int tag = new[]
        {
            BerTag.PrintableString, BerTag.TeletexString, BerTag.Utf8String, BerTag.Ia5String, BerTag.NumericString,
        }[_random.Next(5)];
        string alphabet = tag == BerTag.NumericString ? "0123456789 " : PrintableCharacters;
        writer.WriteOctets(tag, Encoding.ASCII.GetBytes(Text(alphabet, length, length)));
    }

    private byte[] Oid()
    {
        BerWriter writer = new();
        int arcs = _random.Next(1, 6);
        byte[] content = [(byte)_random.Next(0, 0x78)];
        for (int i = 0; i < arcs; i++)
        {
            int arc = _random.Next() >> _random.Next(31);
            List<byte> septets = [(byte)(arc & 0x7F)];
            for (arc >>= 7; arc > 0; arc >>= 7)
            {
                septets.Insert(0, (byte)(0x80 | (arc & 0x7F)));
            }

            content = [.. content, .. septets];
        }

        return content;
    }

    private string Text(string alphabet, int min, int max) =>
        new([.. Enumerable.Range(0, _random.Next(min, max + 1)).Select(_ => alphabet[_random.Next(alphabet.Length)])]);

    private byte[] Octets(int min, int max)
    {
        byte[] octets = new byte[_random.Next(min, max + 1)];
        _random.NextBytes(octets);
        return octets;
    }
}
