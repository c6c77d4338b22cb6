using System.Formats.Asn1;
using System.Text;

namespace Ccr.Asn1;

/// <summary>
/// Encodes values in the one form that we send: definite lengths, the shortest, defaults left out, SET OF sorted
/// (the form of DER).
/// </summary>
internal static class Asn1Encoder
{
    internal static byte[] Element(Asn1Value value, Asn1Path path)
    {
        Asn1Constraints.Check(value, path);
        if (value is Asn1Raw raw)
        {
            return Wrap(raw.Type.Tags, Tlv.Read(raw.Element, path).Whole.ToArray());
        }

        if (value is Asn1Choice choice)
        {
            byte[] inner = Element(choice.Value, path.Child(choice.Alternative.Name));
            bool opened = choice.Alternative.Type.Kind == Asn1Kind.Any && choice.Value is not Asn1Raw;
            return Wrap(choice.Type.Tags, opened ? Wrap(choice.Alternative.Type.Tags, inner) : inner);
        }

        Asn1Tag[] tags = value.Type.Tags;
        bool constructed = Asn1Kinds.IsConstructed(value.Type.Kind);
        return Wrap(tags.AsSpan(0, tags.Length - 1), Tlv.Write(tags[^1], constructed, Content(value, path)));
    }

    private static byte[] Wrap(ReadOnlySpan<Asn1Tag> tags, byte[] element)
    {
        for (int i = tags.Length - 1; i >= 0; i--)
        {
            element = Tlv.Write(tags[i], true, element);
        }

        return element;
    }

    private static byte[] Content(Asn1Value value, Asn1Path path) => value switch
    {
        Asn1Sequence sequence => Sequence(sequence, path),
        Asn1List list => List(list, path),
        Asn1Octets octets => octets.Octets.ToArray(),
        Asn1Text { Type.Kind: Asn1Kind.Utf8String } text => Encoding.UTF8.GetBytes(text.Text),
        Asn1Text text => Encoding.Latin1.GetBytes(text.Text),
        Asn1Null => [],
        _ => Primitive(value, path),
    };

    private static byte[] Primitive(Asn1Value value, Asn1Path path)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        switch (value)
        {
            case Asn1Boolean boolean:
                writer.WriteBoolean(boolean.Value);
                break;
            case Asn1Integer integer:
                writer.WriteInteger(integer.Value);
                break;
            case Asn1Enumerated item:
                writer.WriteInteger(item.Value);
                break;
            case Asn1Bits bits:
                Bits(writer, bits);
                break;
            case Asn1Oid oid:
                Oid(writer, oid, path);
                break;
            default:
                throw path.Error($"{value.GetType().Name} has no encoding");
        }

        return Tlv.Read(writer.Encode(), path).Content.ToArray();
    }

    private static void Oid(AsnWriter writer, Asn1Oid oid, Asn1Path path)
    {
        try
        {
            writer.WriteObjectIdentifier(oid.Dotted);
        }
        catch (ArgumentException wrong)
        {
            throw path.Error($"'{oid.Dotted}' is no object identifier", wrong);
        }
    }

    // Zeros behind the last named bit mean nothing and are left out (X.690 11.2.2).
    private static void Bits(AsnWriter writer, Asn1Bits bits)
    {
        string text = bits.Type.Named.Count > 0 ? bits.Bits.TrimEnd('0') : bits.Bits;
        byte[] octets = new byte[(text.Length + 7) / 8];
        for (int i = 0; i < text.Length; i++)
        {
            octets[i / 8] |= (byte)(text[i] == '1' ? 0x80 >> (i % 8) : 0);
        }

        writer.WriteBitString(octets, (octets.Length * 8) - text.Length);
    }

    private static byte[] Sequence(Asn1Sequence sequence, Asn1Path path)
    {
        List<byte> content = [];
        int next = 0;
        IReadOnlyList<Asn1Component> components = sequence.Type.Components;
        for (int i = 0; i <= components.Count; i++)
        {
            if (i == sequence.Type.ExtensionAt)
            {
                foreach (ReadOnlyMemory<byte> unknown in sequence.Unknown)
                {
                    content.AddRange(unknown.Span);
                }
            }

            bool there = i < components.Count && next < sequence.Fields.Count
                && ReferenceEquals(sequence.Fields[next].Component, components[i]);
            if (there)
            {
                Field(content, sequence.Fields[next], path);
                next++;
            }
        }

        return next == sequence.Fields.Count ? [.. content] : throw path.Error("its components are not in order");
    }

    private static void Field(List<byte> content, Asn1Field field, Asn1Path path)
    {
        byte[] element = Element(field.Value, path.Child(field.Component.Name));
        bool isDefault = field.Component.Default is { } value && element.AsSpan().SequenceEqual(Element(value, path));
        if (!isDefault)
        {
            content.AddRange(element);
        }
    }

    private static byte[] List(Asn1List list, Asn1Path path)
    {
        List<byte[]> items = [.. list.Items.Select((item, i) => Element(item, path.Item(i)))];
        if (list.Type.Kind == Asn1Kind.SetOf)
        {
            items.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        }

        return [.. items.SelectMany(item => item)];
    }
}
