using System.Text;

namespace Ccr.Asn1;

/// <summary>Writes values in ASN.1 value notation, for people.</summary>
internal static class ValueNotation
{
    private const int Indent = 2;
    private const int ShortMax = 72;

    internal static string Write(Asn1Value value)
    {
        StringBuilder text = new();
        Write(text, value, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Asn1Value value, int depth)
    {
        switch (value)
        {
            case Asn1Choice choice:
                text.Append(choice.Alternative.Name).Append(" : ");
                Write(text, choice.Value, depth);
                break;
            case Asn1Sequence sequence:
                Braces(text, Fields(sequence, depth + 1), depth);
                break;
            case Asn1List list:
                Braces(text, [.. list.Items.Select(item => Nested("", item, depth + 1))], depth);
                break;
            default:
                text.Append(Simple(value));
                break;
        }
    }

    private static List<string> Fields(Asn1Sequence sequence, int depth)
    {
        List<string> parts = [];
        foreach (Asn1Field field in sequence.Fields)
        {
            parts.Add(Nested(field.Component.Name + " ", field.Value, depth));
        }

        parts.AddRange(sequence.Unknown.Select(element => $"... '{Convert.ToHexString(element.Span)}'H"));
        return parts;
    }

    private static string Nested(string name, Asn1Value value, int depth)
    {
        StringBuilder text = new(name);
        Write(text, value, depth);
        return text.ToString();
    }

    // On one line what fits there.
    private static void Braces(StringBuilder text, List<string> parts, int depth)
    {
        bool fits = parts.Sum(part => part.Length + 2) <= ShortMax - (depth * Indent)
            && parts.TrueForAll(part => !part.Contains('\n', StringComparison.Ordinal));
        if (parts.Count == 0)
        {
            text.Append("{ }");
        }
        else if (fits)
        {
            text.Append("{ ").AppendJoin(", ", parts).Append(" }");
        }
        else
        {
            string margin = new(' ', (depth + 1) * Indent);
            text.Append("{\n").Append(margin).AppendJoin(",\n" + margin, parts);
            text.Append('\n').Append(' ', depth * Indent).Append('}');
        }
    }

    private static string Simple(Asn1Value value) => value switch
    {
        Asn1Boolean boolean => boolean.Value ? "TRUE" : "FALSE",
        Asn1Integer integer => integer.Value.ToString(),
        Asn1Enumerated item => item.Item ?? item.Value.ToString(),
        Asn1Bits bits => Bits(bits),
        Asn1Octets octets => $"'{Convert.ToHexString(octets.Octets.Span)}'H",
        Asn1Null => "NULL",
        Asn1Oid oid => $"{{ {oid.Dotted.Replace('.', ' ')} }}",
        Asn1Text text => $"\"{Escape(text.Text)}\"",
        Asn1Raw raw => $"'{Convert.ToHexString(raw.Element.Span)}'H",
        _ => throw new ArgumentException($"{value.GetType().Name} is no simple value."),
    };

    // Quotes are doubled (X.680 12.14); what would move the cursor of a terminal is shown by its number.
    private static string Escape(string text)
    {
        StringBuilder shown = new(text.Length);
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => shown.Append("\"\""),
                _ when char.IsControl(c) => shown.Append($"\\u{(int)c:x4}"),
                _ => shown.Append(c),
            };
        }

        return shown.ToString();
    }

    private static string Bits(Asn1Bits bits)
    {
        string[] names = [.. JsonWriter.NamesOf(bits)];
        return bits.Type.Named.Count == 0 ? $"'{bits.Bits}'B"
            : names.Length == 0 ? "{ }" : $"{{ {string.Join(", ", names)} }}";
    }
}
