namespace Ccr.Asn1.Parsing;

/// <summary>Parses one ASN.1 module (X.680 clause 13): its header, imports, and type assignments.</summary>
internal static class ModuleParser
{
    internal static ModuleSyntax Parse(string name, string source)
    {
        TokenReader reader = new(name, new Lexer(name, source).Tokens());
        string module = reader.Expect(TokenKind.TypeName, "the module's name");
        reader.Module = module;
        if (reader.Peek.Is("{"))
        {
            reader.SkipBraces();
        }

        reader.Expect("DEFINITIONS");
        TagDefault tags = Tags(reader);
        reader.Expect("::=");
        reader.Expect("BEGIN");
        Dictionary<string, string> imports = Imports(reader);
        Dictionary<string, TypeSyntax> types = [];
        while (!reader.Take("END"))
        {
            Assignment(reader, types);
        }

        if (reader.Peek.Kind != TokenKind.End)
        {
            throw reader.Error($"{reader.Peek} stands behind END");
        }

        return new ModuleSyntax(module, tags, imports, types);
    }

    private static TagDefault Tags(TokenReader reader)
    {
        TagDefault? tags = reader.Take("AUTOMATIC") ? TagDefault.Automatic
            : reader.Take("IMPLICIT") ? TagDefault.Implicit
            : reader.Take("EXPLICIT") ? TagDefault.Explicit
            : null;
        if (tags is not null)
        {
            reader.Expect("TAGS");
        }

        return tags ?? TagDefault.Explicit;
    }

    private static Dictionary<string, string> Imports(TokenReader reader)
    {
        Dictionary<string, string> imports = [];
        if (!reader.Take("IMPORTS"))
        {
            return imports;
        }

        List<string> names = [];
        while (!reader.Take(";"))
        {
            names.Add(reader.Expect(TokenKind.TypeName, "the name of an imported type"));
            if (reader.Take("FROM"))
            {
                string module = reader.Expect(TokenKind.TypeName, "the name of a module");
                if (reader.Peek.Is("{"))
                {
                    reader.SkipBraces();
                }

                names.ForEach(name => imports[name] = module);
                names.Clear();
            }
            else
            {
                reader.Expect(",");
            }
        }

        return names.Count == 0 ? imports : throw reader.Error($"'{names[0]}' is imported from nowhere");
    }

    private static void Assignment(TokenReader reader, Dictionary<string, TypeSyntax> types)
    {
        if (reader.Peek.Kind == TokenKind.Identifier)
        {
            ObjectIdentifierValue(reader);
            return;
        }

        string name = reader.Expect(TokenKind.TypeName, "an assignment or END");
        reader.Expect("::=");
        TypeSyntax type = new TypeParser(reader).Type();
        if (!types.TryAdd(name, type))
        {
            throw reader.Error($"'{name}' is defined twice");
        }
    }

    // Values are read over: none of the types that we take refers to one.
    private static void ObjectIdentifierValue(TokenReader reader)
    {
        reader.Next();
        if (!reader.Take("OBJECT"))
        {
            throw reader.Error("only values of OBJECT IDENTIFIER can be assigned");
        }

        reader.Expect("IDENTIFIER");
        reader.Expect("::=");
        if (!reader.Peek.Is("{"))
        {
            throw reader.Error($"'{{' is due where {reader.Peek} stands");
        }

        reader.SkipBraces();
    }
}
