namespace Ccr.Asn1.Parsing;

/// <summary>
/// Parses the braces of a SEQUENCE or CHOICE (X.680 25, 29): root, extension additions between two markers, and
/// behind the second marker root components again.
/// </summary>
internal sealed class ComponentsParser(TokenReader reader, TypeParser types)
{
    private readonly List<ComponentSyntax> _root = [];
    private readonly List<ComponentSyntax> _additions = [];
    private readonly List<ComponentSyntax> _secondRoot = [];
    private int _markers;

    internal ComponentsSyntax Parse(Asn1Kind kind, int line)
    {
        reader.Expect("{");
        if (!reader.Take("}"))
        {
            do
            {
                Item(kind);
            }
            while (reader.Take(","));
            reader.Expect("}");
        }

        if (kind == Asn1Kind.Choice && _root.Count == 0)
        {
            throw reader.Error("a CHOICE needs an alternative");
        }

        return new ComponentsSyntax(kind, _root, _markers > 0, _additions, _secondRoot, line);
    }

    private void Item(Asn1Kind kind)
    {
        if (reader.Take("..."))
        {
            _markers++;
            if (_markers > (kind == Asn1Kind.Choice ? 1 : 2))
            {
                throw reader.Error($"one '...' too many");
            }

            return;
        }

        if (reader.Peek.Is("[["))
        {
            throw reader.Error("'[[' groups of additions are not supported");
        }

        ComponentSyntax component = Component(kind);
        if (_root.Concat(_additions).Concat(_secondRoot).Any(other => other.Name == component.Name))
        {
            throw reader.Error($"'{component.Name}' stands twice");
        }

        (_markers switch { 0 => _root, 1 => _additions, _ => _secondRoot }).Add(component);
    }

    private ComponentSyntax Component(Asn1Kind kind)
    {
        string name = reader.Expect(TokenKind.Identifier, "an identifier");
        TypeSyntax type = types.Type();
        if (kind == Asn1Kind.Choice)
        {
            return new ComponentSyntax(name, type, false, null);
        }

        bool optional = reader.Take("OPTIONAL");
        DefaultSyntax? value = !optional && reader.Take("DEFAULT") ? Default() : null;
        return new ComponentSyntax(name, type, optional || value is not null, value);
    }

    private DefaultSyntax Default()
    {
        if (!reader.Take("{"))
        {
            string sign = reader.Take("-") ? "-" : "";
            return new DefaultSyntax(false, [sign + reader.Next().Text]);
        }

        List<string> words = [];
        while (!reader.Take("}"))
        {
            words.Add(reader.Expect(TokenKind.Identifier, "the name of a bit"));
            if (!reader.Peek.Is("}"))
            {
                reader.Expect(",");
            }
        }

        return new DefaultSyntax(true, words);
    }
}
