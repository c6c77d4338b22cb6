using System.Formats.Asn1;

namespace Ccr.Asn1;

/// <summary>Decodes BER by types. It is strict: constraints count, and nothing may stand behind the value.</summary>
/// <param name="profile">The type of what an EXTERNAL of the data context holds.</param>
internal sealed class Asn1Decoder(Asn1Type profile)
{
    /// <summary>How many elements were met that this version does not know.</summary>
    internal int UnknownCount { get; private set; }

    internal Asn1Value Whole(Asn1Type type, ReadOnlyMemory<byte> octets)
    {
        Asn1Path path = Asn1Path.Root(type);
        Asn1Value value = Element(type, octets, path, out int consumed);
        return consumed == octets.Length
            ? value
            : throw path.Error($"{octets.Length - consumed} octets stand behind the end of the value");
    }

    private Asn1Value Element(Asn1Type type, ReadOnlyMemory<byte> octets, Asn1Path path, out int consumed)
    {
        Tlv element = Tlv.Read(octets, path);
        consumed = element.Whole.Length;
        int wrappers = type.Kind is Asn1Kind.Choice or Asn1Kind.Any ? type.Tags.Length : type.Tags.Length - 1;
        for (int i = 0; i < wrappers; i++)
        {
            element = Unwrap(type.Tags[i], element, path);
        }

        if (type.Kind == Asn1Kind.Any)
        {
            return new Asn1Raw(type, element.Whole);
        }

        if (type.Kind == Asn1Kind.Choice)
        {
            return Choice(type, element, path);
        }

        bool constructed = Asn1Kinds.IsConstructed(type.Kind);
        CheckTag(type.Tags[^1], element.Tag, constructed, path);
        Asn1Value value = type.Kind switch
        {
            Asn1Kind.Sequence => Sequence(type, element.Content, path),
            Asn1Kind.SequenceOf or Asn1Kind.SetOf => List(type, element.Content, path),
            _ => PrimitiveDecoder.Read(type, element, path),
        };
        Asn1Constraints.Check(value, path);
        return value;
    }

    private static Tlv Unwrap(Asn1Tag tag, Tlv element, Asn1Path path)
    {
        CheckTag(tag, element.Tag, constructed: true, path);
        Tlv inner = Tlv.Read(element.Content, path);
        return inner.Whole.Length == element.Content.Length
            ? inner
            : throw path.Error("more than one element stands inside its tag");
    }

    private static void CheckTag(Asn1Tag due, Asn1Tag found, bool constructed, Asn1Path path)
    {
        if (!due.HasSameClassAndValue(found))
        {
            throw path.Error($"tag {Tlv.Shown(due)} is due, not {Tlv.Shown(found)}");
        }

        if (constructed && !found.IsConstructed)
        {
            throw path.Error("it is primitive, but has to be constructed");
        }
    }

    private Asn1Value Choice(Asn1Type type, Tlv element, Asn1Path path)
    {
        foreach (Asn1Component alternative in type.Components)
        {
            if (alternative.Type.Begins(element.Tag))
            {
                Asn1Value value = Element(alternative.Type, element.Whole, path.Child(alternative.Name), out _);
                return new Asn1Choice(type, alternative, value);
            }
        }

        if (!type.Extensible)
        {
            throw path.Error($"there is no alternative with tag {Tlv.Shown(element.Tag)}");
        }

        UnknownCount++;
        return new Asn1Raw(type, element.Whole);
    }

    private Asn1List List(Asn1Type type, ReadOnlyMemory<byte> content, Asn1Path path)
    {
        List<Asn1Value> items = [];
        while (!content.IsEmpty)
        {
            items.Add(Element(type.Element!, content, path.Item(items.Count), out int consumed));
            content = content[consumed..];
        }

        return new Asn1List(type, items);
    }

    private Asn1Sequence Sequence(Asn1Type type, ReadOnlyMemory<byte> content, Asn1Path path)
    {
        List<Asn1Field> fields = [];
        List<ReadOnlyMemory<byte>> unknown = [];
        for (int i = 0; i < type.Components.Count; i++)
        {
            content = i == type.ExtensionAt ? PassUnknown(type, content, unknown, path) : content;
            Asn1Component component = type.Components[i];
            Asn1Path inner = path.Child(component.Name);
            if (!content.IsEmpty && MayBegin(component, content, inner))
            {
                Asn1Value value = Element(component.Type, content, inner, out int consumed);
                fields.Add(new Asn1Field(component, value));
                content = content[consumed..];
            }
            else if (!component.Optional)
            {
                throw inner.Error("it is missing");
            }
        }

        content = type.ExtensionAt == type.Components.Count ? PassUnknown(type, content, unknown, path) : content;
        if (!content.IsEmpty)
        {
            throw path.Error($"no component with tag {Tlv.Shown(Tlv.Read(content, path).Tag)} is due here");
        }

        UnknownCount += unknown.Count;
        return type.IsExternal ? External(type, fields) : new Asn1Sequence(type, fields, unknown);
    }

    // A mandatory extensible CHOICE takes any tag; it says itself when the alternative is not known.
    private static bool MayBegin(Asn1Component component, ReadOnlyMemory<byte> content, Asn1Path path) =>
        component.Type.Begins(Tlv.Read(content, path).Tag)
        || component is { Optional: false, Type: { Kind: Asn1Kind.Choice, Tags.Length: 0, Extensible: true } };

    private static ReadOnlyMemory<byte> PassUnknown(
        Asn1Type type, ReadOnlyMemory<byte> content, List<ReadOnlyMemory<byte>> unknown, Asn1Path path)
    {
        while (!content.IsEmpty)
        {
            Tlv element = Tlv.Read(content, path);
            for (int i = type.ExtensionAt; i < type.Components.Count; i++)
            {
                if (type.Components[i].Type.Begins(element.Tag))
                {
                    return content;
                }
            }

            unknown.Add(element.Whole);
            content = content[element.Whole.Length..];
        }

        return content;
    }

    // A value of the data context is opened; one that does not decode stays as it is.
    private Asn1Sequence External(Asn1Type type, List<Asn1Field> fields)
    {
        Asn1Sequence external = new(type, fields, []);
        bool profiled = external[ExternalType.Indirect] is Asn1Integer context
            && context.Value == ExternalType.ProfileContext;
        if (!profiled || external[ExternalType.Encoding] is not Asn1Choice { Value: Asn1Raw raw } encoding)
        {
            return external;
        }

        try
        {
            Asn1Decoder inner = new(profile);
            Asn1Value opened = inner.Whole(profile, raw.Element);
            UnknownCount += inner.UnknownCount;
            fields[^1] = fields[^1] with { Value = encoding with { Value = opened } };
        }
        catch (Asn1Exception)
        {
            UnknownCount++;
        }

        return external;
    }
}
