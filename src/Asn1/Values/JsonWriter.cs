using System.Text.Json.Nodes;

namespace Ccr.Asn1;

/// <summary>Writes values as JSON.</summary>
internal static class JsonWriter
{
    /// <summary>The member that holds what this version does not know.</summary>
    internal const string Unknown = "...";

    internal static JsonNode? Write(Asn1Value value) => value switch
    {
        Asn1Boolean boolean => JsonValue.Create(boolean.Value),
        Asn1Integer integer => JsonNode.Parse(integer.Value.ToString()),
        Asn1Enumerated item => item.Item is { } name ? JsonValue.Create(name) : JsonNode.Parse(item.Value.ToString()),
        Asn1Bits { Type.Named.Count: 0 } bits => JsonValue.Create(bits.Bits),
        Asn1Bits bits => new JsonArray([.. NamesOf(bits).Select(name => JsonValue.Create(name))]),
        Asn1Octets octets => JsonValue.Create(Convert.ToHexString(octets.Octets.Span)),
        Asn1Null => null,
        Asn1Oid oid => JsonValue.Create(oid.Dotted),
        Asn1Text text => JsonValue.Create(text.Text),
        Asn1Sequence sequence => Sequence(sequence),
        Asn1List list => new JsonArray([.. list.Items.Select(Write)]),
        Asn1Choice choice => new JsonObject { [choice.Alternative.Name] = Write(choice.Value) },
        Asn1Raw { Type.Kind: Asn1Kind.Any } raw => JsonValue.Create(Convert.ToHexString(raw.Element.Span)),
        Asn1Raw raw => new JsonObject { [Unknown] = Convert.ToHexString(raw.Element.Span) },
        _ => throw new ArgumentException($"{value.GetType().Name} has no JSON form."),
    };

    /// <summary>The names of the bits that are set; "bit7" for one that has no name.</summary>
    internal static IEnumerable<string> NamesOf(Asn1Bits bits)
    {
        for (int i = 0; i < bits.Bits.Length; i++)
        {
            if (bits.Bits[i] == '1')
            {
                NamedNumber named = bits.Type.Named.FirstOrDefault(bit => bit.Number == i);
                yield return named.Name ?? $"bit{i}";
            }
        }
    }

    private static JsonObject Sequence(Asn1Sequence sequence)
    {
        JsonObject json = [];
        foreach (Asn1Field field in sequence.Fields)
        {
            json[field.Component.Name] = Write(field.Value);
        }

        if (sequence.Unknown.Count > 0)
        {
            json[Unknown] = new JsonArray(
                [.. sequence.Unknown.Select(element => JsonValue.Create(Convert.ToHexString(element.Span)))]);
        }

        return json;
    }
}
