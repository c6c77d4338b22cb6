using System.Text.Json.Nodes;

namespace Ccr.Asn1;

/// <summary>Makes values of JSON, by their types.</summary>
/// <param name="profile">The type of what an EXTERNAL of the data context holds.</param>
internal sealed class JsonReader(Asn1Type profile)
{
    internal Asn1Value Read(Asn1Type type, JsonNode? json, Asn1Path path) => type.Kind switch
    {
        Asn1Kind.Sequence => Sequence(type, json, path),
        Asn1Kind.SequenceOf or Asn1Kind.SetOf => List(type, json, path),
        Asn1Kind.Choice => Choice(type, json, path),
        Asn1Kind.Any => json is JsonObject
            ? Read(profile, json, path)
            : new Asn1Raw(type, JsonScalars.Hex(json, path)),
        _ => JsonScalars.Read(type, json, path),
    };

    private Asn1Sequence Sequence(Asn1Type type, JsonNode? json, Asn1Path path)
    {
        JsonObject members = json as JsonObject
            ?? throw path.Error($"an object is due, not {JsonScalars.Shown(json)}");
        List<Asn1Field> fields = [];
        foreach (Asn1Component component in type.Components)
        {
            Asn1Path inner = path.Child(component.Name);
            if (members.TryGetPropertyValue(component.Name, out JsonNode? member))
            {
                fields.Add(new Asn1Field(component, Read(component.Type, member, inner)));
            }
            else if (!component.Optional)
            {
                throw inner.Error("it is missing");
            }
        }

        return new Asn1Sequence(type, fields, Unknown(type, members, path));
    }

    private static List<ReadOnlyMemory<byte>> Unknown(Asn1Type type, JsonObject members, Asn1Path path)
    {
        List<ReadOnlyMemory<byte>> unknown = [];
        foreach ((string name, JsonNode? member) in members)
        {
            if (name == JsonWriter.Unknown && type.Extensible && member is JsonArray elements)
            {
                unknown.AddRange(elements.Select(element => JsonScalars.Element(element, path.Child(name))));
            }
            else if (!type.Components.Any(component => component.Name == name))
            {
                throw path.Error($"there is no component '{name}'; known are {Names(type)}");
            }
        }

        return unknown;
    }

    private Asn1List List(Asn1Type type, JsonNode? json, Asn1Path path)
    {
        JsonArray items = json as JsonArray ?? throw path.Error($"a list is due, not {JsonScalars.Shown(json)}");
        return new Asn1List(type, [.. items.Select((item, i) => Read(type.Element!, item, path.Item(i)))]);
    }

    private Asn1Value Choice(Asn1Type type, JsonNode? json, Asn1Path path)
    {
        if (json is not JsonObject { Count: 1 } members)
        {
            throw path.Error($"an object with one member is due, one of {Names(type)}");
        }

        (string name, JsonNode? member) = members.First();
        if (name == JsonWriter.Unknown && type.Extensible)
        {
            return new Asn1Raw(type, JsonScalars.Element(member, path.Child(name)));
        }

        foreach (Asn1Component alternative in type.Components)
        {
            if (alternative.Name == name)
            {
                return new Asn1Choice(type, alternative, Read(alternative.Type, member, path.Child(name)));
            }
        }

        throw path.Error($"there is no alternative '{name}'; known are {Names(type)}");
    }

    private static string Names(Asn1Type type) => type.Components.Count == 0
        ? "none"
        : string.Join(", ", type.Components.Select(component => component.Name));
}
