using System.Numerics;

namespace Ccr.Asn1.Parsing;

/// <summary>Walks over a module's tokens; every complaint names the module and the line.</summary>
internal sealed class TokenReader(string module, List<Token> tokens)
{
    private int _at;

    internal string Module { get; set; } = module;

    internal Token Peek => tokens[_at];

    internal Token PeekAt(int ahead) => tokens[int.Min(_at + ahead, tokens.Count - 1)];

    internal Token Next()
    {
        Token token = tokens[_at];
        _at = int.Min(_at + 1, tokens.Count - 1);
        return token;
    }

    internal bool Take(string text)
    {
        if (!Peek.Is(text))
        {
            return false;
        }

        Next();
        return true;
    }

    internal void Expect(string text)
    {
        if (!Take(text))
        {
            throw Error($"'{text}' is due where {Peek} stands");
        }
    }

    internal string Expect(TokenKind kind, string what)
    {
        if (Peek.Kind != kind)
        {
            throw Error($"{what} is due where {Peek} stands");
        }

        return Next().Text;
    }

    internal int Number(string what) => int.TryParse(Expect(TokenKind.Number, what), out int number)
        ? number
        : throw Error($"{what} is too large");

    /// <summary>A number with or without a sign, or MIN or MAX (null).</summary>
    internal BigInteger? Bound()
    {
        if (Take("MIN") || Take("MAX"))
        {
            return null;
        }

        bool negative = Take("-");
        BigInteger number = BigInteger.Parse(Expect(TokenKind.Number, "a number"));
        return negative ? -number : number;
    }

    internal void SkipBraces()
    {
        int depth = 0;
        do
        {
            Token token = Next();
            depth += token.Is("{") ? 1 : token.Is("}") ? -1 : 0;
            if (token.Kind == TokenKind.End)
            {
                throw Error("a '{' is not closed");
            }
        }
        while (depth > 0);
    }

    internal Asn1Exception Error(string what) => new($"{Module}, line {Peek.Line}: {what}.");
}
