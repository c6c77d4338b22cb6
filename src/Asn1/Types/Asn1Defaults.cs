using System.Numerics;
using Ccr.Asn1.Parsing;

namespace Ccr.Asn1;

/// <summary>Makes the values of DEFAULT.</summary>
internal static class Asn1Defaults
{
    internal static Asn1Value Value(Asn1Type type, DefaultSyntax syntax, Func<string, Asn1Exception> error)
    {
        if (syntax.Braced)
        {
            return type.Kind == Asn1Kind.BitString
                ? new Asn1Bits(type, Asn1Bits.Set(syntax.Words.Select(word => Number(type, word, error))))
                : throw error($"a DEFAULT in braces is not supported for {type.Name}");
        }

        string text = syntax.Words[0];
        return type.Kind switch
        {
            Asn1Kind.Boolean when text is "TRUE" or "FALSE" => new Asn1Boolean(type, text == "TRUE"),
            Asn1Kind.Integer when BigInteger.TryParse(text, out BigInteger n) => new Asn1Integer(type, n),
            Asn1Kind.Enumerated => new Asn1Enumerated(type, Number(type, text, error)),
            _ => throw error($"'{text}' is no DEFAULT for {type.Name}"),
        };
    }

    private static int Number(Asn1Type type, string name, Func<string, Asn1Exception> error)
    {
        foreach (NamedNumber named in type.Named)
        {
            if (named.Name == name)
            {
                return named.Number;
            }
        }

        throw error($"{type.Name} has nothing named '{name}'");
    }
}
