namespace Ccr.Asn1.Parsing;

internal enum TokenKind
{
    End,
    Identifier,
    TypeName,
    Number,
    Text,
    Symbol,
}

internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    internal bool Is(string text) => Kind is TokenKind.Symbol or TokenKind.TypeName && Text == text;

    public override string ToString() => Kind == TokenKind.End ? "the end of the module" : $"'{Text}'";
}

/// <summary>Cuts an ASN.1 module into tokens (X.680 clause 12), without its comments.</summary>
internal sealed class Lexer(string module, string source)
{
    private static readonly string[] Symbols =
        ["::=", "...", "..", "[[", "]]", "{", "}", "[", "]", "(", ")", ",", ";", "|", ":", "-"];

    private int _at;
    private int _line = 1;

    internal List<Token> Tokens()
    {
        List<Token> tokens = [];
        while (SkipSpaceAndComments())
        {
            tokens.Add(Next());
        }

        tokens.Add(new Token(TokenKind.End, "", _line));
        return tokens;
    }

    private bool SkipSpaceAndComments()
    {
        while (_at < source.Length)
        {
            if (source[_at] == '\n')
            {
                _line++;
                _at++;
            }
            else if (char.IsWhiteSpace(source[_at]))
            {
                _at++;
            }
            else if (StartsWith("--"))
            {
                SkipLineComment();
            }
            else if (StartsWith("/*"))
            {
                SkipBlockComment();
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    // A comment ends at the next pair of hyphens or at the end of the line (X.680 12.6.3).
    private void SkipLineComment()
    {
        for (_at += 2; _at < source.Length && source[_at] != '\n'; _at++)
        {
            if (StartsWith("--"))
            {
                _at += 2;
                return;
            }
        }
    }

    private void SkipBlockComment()
    {
        int end = source.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error("a comment that begins with '/*' is not closed");
        }

        _line += source.AsSpan(_at, end - _at).Count('\n');
        _at = end + 2;
    }

    private Token Next()
    {
        char c = source[_at];
        if (char.IsAsciiLetter(c))
        {
            string name = Name();
            return new Token(char.IsAsciiLetterUpper(c) ? TokenKind.TypeName : TokenKind.Identifier, name, _line);
        }

        if (char.IsAsciiDigit(c))
        {
            int start = _at;
            while (_at < source.Length && char.IsAsciiDigit(source[_at]))
            {
                _at++;
            }

            return new Token(TokenKind.Number, source[start.._at], _line);
        }

        if (c == '"')
        {
            return Quoted();
        }

        foreach (string symbol in Symbols)
        {
            if (StartsWith(symbol))
            {
                _at += symbol.Length;
                return new Token(TokenKind.Symbol, symbol, _line);
            }
        }

        throw Error($"'{c}' has no place in a module");
    }

    private string Name()
    {
        int start = _at;
        while (_at < source.Length && (char.IsAsciiLetterOrDigit(source[_at]) || IsInnerHyphen()))
        {
            _at++;
        }

        return source[start.._at];
    }

    private bool IsInnerHyphen() =>
        source[_at] == '-' && _at + 1 < source.Length && char.IsAsciiLetterOrDigit(source[_at + 1]);

    private Token Quoted()
    {
        int end = source.IndexOf('"', _at + 1);
        if (end < 0)
        {
            throw Error("a text that begins with '\"' is not closed");
        }

        string text = source[(_at + 1)..end];
        _at = end + 1;
        return new Token(TokenKind.Text, text, _line);
    }

    private bool StartsWith(string text) => string.CompareOrdinal(source, _at, text, 0, text.Length) == 0;

    private Asn1Exception Error(string what) => new($"{module}, line {_line}: {what}.");
}
