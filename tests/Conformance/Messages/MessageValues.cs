using Ccr.Asn1;

namespace Ccr.Conformance.Messages;

/// <summary>
/// Random values of the modules' types, with the rules that stand there as comments only: what a name is made of,
/// how long a suffix is, and that a party has a side inside APDUs alone.
/// </summary>
public sealed class MessageValues
{
    private const int TitleOctetsMax = 256;
    private const string NodeCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-";
    private readonly Asn1Random _random;
    private bool _inApdu;

    public MessageValues(int seed) => _random = new Asn1Random(Asn1Schema.Ccr, seed) { Override = Rule };

    public Random Numbers => _random.Numbers;

    public Asn1Value Next(Asn1Type type) => _random.Next(type);

    /// <summary>The same value with an element of a later version at each extension point.</summary>
    public static Asn1Value Extended(Asn1Value value) => value switch
    {
        Asn1Sequence sequence when sequence.Type.Name == "EXTERNAL" => sequence,
        Asn1Sequence sequence => sequence with
        {
            Fields = [.. sequence.Fields.Select(field => field with { Value = Extended(field.Value) })],
            Unknown = sequence.Type.Extensible ? [new byte[] { 0x9F, 0x64, 0x01, 0x05 }] : [],
        },
        Asn1Choice choice => choice with { Value = Extended(choice.Value) },
        Asn1List list => list with { Items = [.. list.Items.Select(Extended)] },
        _ => value,
    };

    private Asn1Value? Rule(Asn1Random random, Asn1Type type)
    {
        switch (type.Name)
        {
            case "Node-name":
                return new Asn1Text(type, random.Numbers.GetString(NodeCharacters, random.Numbers.Next(1, 25)));
            case "Server-name":
                return new Asn1Text(type, random.Numbers.GetString(NodeCharacters + ".é", random.Numbers.Next(1, 33)));
            case "RDNSequence" or "RelativeDistinguishedName":
                int count = random.Numbers.Next(1, 3);
                return new Asn1List(type, [.. Enumerable.Range(0, count).Select(_ => random.Next(type.Element!))]);
            case "AE-title":
                return Title(random, type);
            case "Suffix" when random.Numbers.Next(3) > 0:
                byte[] octets = new byte[random.Numbers.Next(1, 65)];
                random.Numbers.NextBytes(octets);
                return new Asn1Choice(type, type.Components[0], new Asn1Octets(type.Components[0].Type, octets));
            case "Suffix":
                return new Asn1Choice(type, type.Components[1], random.Next(type.Components[1].Type));
            case "Party-name" when !_inApdu:
                return new Asn1Choice(type, type.Components[0], random.Next(type.Components[0].Type));
            case "CCR-APDUS" or "C-INITIALIZE-RI" or "C-INITIALIZE-RC":
                return Within(random, type, inApdu: true);
            case "Profile-data":
                return Within(random, type, inApdu: false);
            default:
                return null;
        }
    }

    private static Asn1Value Title(Asn1Random random, Asn1Type type)
    {
        Asn1Value title;
        do
        {
            title = random.Plain(type);
        }
        while (Asn1Schema.Encode(title).Length > TitleOctetsMax);
        return title;
    }

    private Asn1Value Within(Asn1Random random, Asn1Type type, bool inApdu)
    {
        bool before = _inApdu;
        _inApdu = inApdu;
        Asn1Value value = random.Plain(type);
        _inApdu = before;
        return value;
    }
}
