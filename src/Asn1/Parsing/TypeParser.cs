using System.Formats.Asn1;
using System.Numerics;

namespace Ccr.Asn1.Parsing;

/// <summary>Parses types (X.680 clauses 17 to 51, the part of them that our modules use).</summary>
internal sealed class TypeParser(TokenReader reader)
{
    private static readonly Dictionary<string, Asn1Kind> Strings = new()
    {
        ["UTF8String"] = Asn1Kind.Utf8String,
        ["PrintableString"] = Asn1Kind.PrintableString,
        ["TeletexString"] = Asn1Kind.TeletexString,
        ["T61String"] = Asn1Kind.TeletexString,
        ["IA5String"] = Asn1Kind.Ia5String,
        ["NumericString"] = Asn1Kind.NumericString,
        ["VisibleString"] = Asn1Kind.VisibleString,
    };

    internal TypeSyntax Type()
    {
        TypeSyntax type = reader.Peek.Is("[") ? Tagged() : Untagged();
        while (reader.Peek.Is("("))
        {
            type = Constraint(type);
        }

        return type;
    }

    private TaggedSyntax Tagged()
    {
        int line = reader.Next().Line;
        TagClass tagClass = reader.Take("UNIVERSAL") ? TagClass.Universal
            : reader.Take("APPLICATION") ? TagClass.Application
            : reader.Take("PRIVATE") ? TagClass.Private
            : TagClass.ContextSpecific;
        int number = reader.Number("a tag's number");
        reader.Expect("]");
        bool? isImplicit = reader.Take("IMPLICIT") ? true : reader.Take("EXPLICIT") ? false : null;
        return new TaggedSyntax(tagClass, number, isImplicit, Type(), line);
    }

    private TypeSyntax Untagged()
    {
        int line = reader.Peek.Line;
        Token token = new(TokenKind.TypeName, reader.Expect(TokenKind.TypeName, "a type"), line);

        if (Strings.TryGetValue(token.Text, out Asn1Kind kind))
        {
            return new SimpleSyntax(kind, [], token.Line);
        }

        switch (token.Text)
        {
            case "BOOLEAN": return new SimpleSyntax(Asn1Kind.Boolean, [], token.Line);
            case "NULL": return new SimpleSyntax(Asn1Kind.Null, [], token.Line);
            case "INTEGER": return new SimpleSyntax(Asn1Kind.Integer, NamedNumbers(), token.Line);
            case "ENUMERATED": return Enumerated(token.Line);
            case "BIT": return Word("STRING", Asn1Kind.BitString, token.Line);
            case "OCTET": return Word("STRING", Asn1Kind.OctetString, token.Line);
            case "OBJECT": return Word("IDENTIFIER", Asn1Kind.ObjectIdentifier, token.Line);
            case "SEQUENCE": return SequenceOrSet(Asn1Kind.Sequence, Asn1Kind.SequenceOf, token.Line);
            case "SET": return SequenceOrSet(null, Asn1Kind.SetOf, token.Line);
            case "CHOICE": return new ComponentsParser(reader, this).Parse(Asn1Kind.Choice, token.Line);
            default: return new ReferenceSyntax(token.Text, token.Line);
        }
    }

    private SimpleSyntax Word(string word, Asn1Kind kind, int line)
    {
        reader.Expect(word);
        return new SimpleSyntax(kind, kind == Asn1Kind.BitString ? NamedNumbers() : [], line);
    }

    private TypeSyntax SequenceOrSet(Asn1Kind? components, Asn1Kind of, int line)
    {
        if (reader.Peek.Is("{"))
        {
            return components is { } kind
                ? new ComponentsParser(reader, this).Parse(kind, line)
                : throw reader.Error("SET with components is not supported; use SEQUENCE");
        }

        BigInteger? min = null;
        BigInteger? max = null;
        bool extensible = false;
        bool sized = reader.Take("(");
        if (sized || reader.Peek.Is("SIZE"))
        {
            (min, max, extensible) = Size();
            if (sized)
            {
                reader.Expect(")");
            }

            sized = true;
        }

        reader.Expect("OF");
        OfSyntax type = new(of, Type(), line);
        return sized ? new ConstrainedSyntax(type, min, max, extensible, line) : type;
    }

    private ConstrainedSyntax Constraint(TypeSyntax inner)
    {
        int line = reader.Next().Line;
        (BigInteger? min, BigInteger? max, bool extensible) = reader.Peek.Is("SIZE") ? Size() : Range();
        reader.Expect(")");
        return new ConstrainedSyntax(inner, min, max, extensible, line);
    }

    private (BigInteger? Min, BigInteger? Max, bool Extensible) Size()
    {
        reader.Expect("SIZE");
        reader.Expect("(");
        (BigInteger? Min, BigInteger? Max, bool Extensible) size = Range();
        reader.Expect(")");
        return size;
    }

    private (BigInteger? Min, BigInteger? Max, bool Extensible) Range()
    {
        BigInteger? min = reader.Bound();
        BigInteger? max = reader.Take("..") ? reader.Bound() : min;
        if (max < min)
        {
            throw reader.Error($"the range {min}..{max} holds nothing");
        }

        bool extensible = reader.Take(",");
        if (extensible)
        {
            reader.Expect("...");
        }

        return (min, max, extensible);
    }

    private List<NamedNumber> NamedNumbers()
    {
        List<NamedNumber> named = [];
        if (!reader.Take("{"))
        {
            return named;
        }

        do
        {
            named.Add(NamedNumber(named));
        }
        while (reader.Take(","));
        reader.Expect("}");
        return named;
    }

    private EnumeratedSyntax Enumerated(int line)
    {
        List<NamedNumber> items = [];
        bool extensible = false;
        reader.Expect("{");
        do
        {
            if (reader.Take("..."))
            {
                extensible = !extensible ? true : throw reader.Error("an ENUMERATED has one '...' at most");
            }
            else
            {
                items.Add(NamedNumber(items));
            }
        }
        while (reader.Take(","));
        reader.Expect("}");
        return items.Count > 0
            ? new EnumeratedSyntax(items, extensible, line)
            : throw reader.Error("an ENUMERATED needs an item");
    }

    private NamedNumber NamedNumber(List<NamedNumber> before)
    {
        string name = reader.Expect(TokenKind.Identifier, "an identifier");
        int number = before.Count;
        if (reader.Take("("))
        {
            bool negative = reader.Take("-");
            number = negative ? -reader.Number("a number") : reader.Number("a number");
            reader.Expect(")");
        }

        return before.Any(other => other.Name == name || other.Number == number)
            ? throw reader.Error($"'{name}' or its number {number} stands twice")
            : new NamedNumber(name, number);
    }
}
