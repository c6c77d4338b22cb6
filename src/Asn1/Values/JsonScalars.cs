using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ccr.Asn1;

/// <summary>Makes values of types without parts of JSON.</summary>
internal static class JsonScalars
{
    private const int BitsMax = 1024;

    internal static Asn1Value Read(Asn1Type type, JsonNode? json, Asn1Path path) => type.Kind switch
    {
        Asn1Kind.Boolean => json?.GetValueKind() is JsonValueKind.True or JsonValueKind.False
            ? new Asn1Boolean(type, json.GetValue<bool>())
            : throw path.Error($"true or false is due, not {Shown(json)}"),
        Asn1Kind.Integer => new Asn1Integer(type, Number(json, path)),
        Asn1Kind.Enumerated => new Asn1Enumerated(type, Item(type, json, path)),
        Asn1Kind.BitString => new Asn1Bits(type, Bits(type, json, path)),
        Asn1Kind.OctetString => new Asn1Octets(type, Hex(json, path)),
        Asn1Kind.Null => json is null ? new Asn1Null(type) : throw path.Error($"null is due, not {Shown(json)}"),
        Asn1Kind.ObjectIdentifier => new Asn1Oid(type, Text(json, path, "a dotted object identifier")),
        _ => new Asn1Text(type, Text(json, path, "a text")),
    };

    internal static byte[] Hex(JsonNode? json, Asn1Path path)
    {
        string text = Text(json, path, "octets in hexadecimal");
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException wrong)
        {
            throw path.Error($"'{text}' is not hexadecimal", wrong);
        }
    }

    /// <summary>One whole BER element in hexadecimal.</summary>
    internal static ReadOnlyMemory<byte> Element(JsonNode? json, Asn1Path path)
    {
        byte[] octets = Hex(json, path);
        return Tlv.Read(octets, path).Whole.Length == octets.Length
            ? octets
            : throw path.Error("more than one element stands here");
    }

    internal static string Shown(JsonNode? json) => json?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => json.ToJsonString(),
    };

    private static BigInteger Number(JsonNode? json, Asn1Path path) =>
        json?.GetValueKind() == JsonValueKind.Number && BigInteger.TryParse(json.ToJsonString(), out BigInteger number)
            ? number
            : throw path.Error($"a whole number is due, not {Shown(json)}");

    private static BigInteger Item(Asn1Type type, JsonNode? json, Asn1Path path)
    {
        if (json?.GetValueKind() == JsonValueKind.Number)
        {
            return Number(json, path);
        }

        string name = Text(json, path, "the name of an item");
        foreach (NamedNumber item in type.Named)
        {
            if (item.Name == name)
            {
                return item.Number;
            }
        }

        throw path.Error($"there is no item '{name}'; known are {string.Join(", ", type.Named.Select(n => n.Name))}");
    }

    private static string Bits(Asn1Type type, JsonNode? json, Asn1Path path)
    {
        if (json is not JsonArray names)
        {
            string bits = Text(json, path, "a text of 0 and 1, or a list of names of bits");
            return bits.AsSpan().ContainsAnyExcept('0', '1')
                ? throw path.Error($"a text of 0 and 1 is due, not '{bits}'")
                : bits;
        }

        return Asn1Bits.Set(names.Select(name => Bit(type, name, path)));
    }

    private static int Bit(Asn1Type type, JsonNode? json, Asn1Path path)
    {
        string name = Text(json, path, "the name of a bit");
        bool unnamed = name.StartsWith("bit", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(3), out int number) && number is >= 0 and < BitsMax;
        return unnamed ? int.Parse(name.AsSpan(3)) : (int)Item(type, json, path);
    }

    private static string Text(JsonNode? json, Asn1Path path, string what) =>
        json?.GetValueKind() == JsonValueKind.String
            ? json.GetValue<string>()
            : throw path.Error($"{what} is due, not {Shown(json)}");
}
