using System.Text;

namespace Ccr.Tidy;

/// <summary>
/// C# with the content of comments, strings and characters blanked out, line breaks kept, so that braces and words
/// can be counted without a compiler.
/// </summary>
internal sealed class CSharpText
{
    private readonly string _text;
    private readonly StringBuilder _code;
    private int _at;

    private CSharpText(string text)
    {
        _text = text;
        _code = new StringBuilder(text.Length);
    }

    public static string CodeOf(string text)
    {
        CSharpText scan = new(text);
        scan.Code(insideHole: false);
        return scan._code.ToString();
    }

    private char Now => _at < _text.Length ? _text[_at] : '\0';

    private bool Follows(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;

    private void Keep() => _code.Append(_text[_at++]);

    private void Blank(int count)
    {
        for (int i = 0; i < count && _at < _text.Length; i++, _at++)
        {
            _code.Append(_text[_at] == '\n' ? '\n' : ' ');
        }
    }

    private void BlankUntil(string end)
    {
        int found = _text.IndexOf(end, _at, StringComparison.Ordinal);
        Blank((found < 0 ? _text.Length : found + end.Length) - _at);
    }

    private void Code(bool insideHole)
    {
        int depth = 0;
        while (_at < _text.Length)
        {
            if (insideHole && depth == 0 && Now == '}')
            {
                return;
            }

            if (!Literal())
            {
                depth += Now switch { '{' => 1, '}' => -1, _ => 0 };
                Keep();
            }
        }
    }

    private bool Literal()
    {
        if (Follows("//"))
        {
            int end = _text.IndexOf('\n', _at);
            Blank((end < 0 ? _text.Length : end) - _at);
            return true;
        }

        if (Follows("/*"))
        {
            BlankUntil("*/");
            return true;
        }

        if (Now == '\'')
        {
            Character();
            return true;
        }

        return Now is '"' or '$' or '@' && String();
    }

    private void Character()
    {
        Blank(1);
        Blank(Now == '\\' ? 2 : 1);
        while (_at < _text.Length && Now is not ('\'' or '\n'))
        {
            Blank(1);
        }

        Blank(1);
    }

    private bool String()
    {
        int start = _at;
        int dollars = 0;
        bool verbatim = false;
        while (_at < _text.Length && Now is '$' or '@')
        {
            dollars += Now == '$' ? 1 : 0;
            verbatim |= Now == '@';
            _at++;
        }

        int quotes = 0;
        while (_at + quotes < _text.Length && _text[_at + quotes] == '"')
        {
            quotes++;
        }

        int prefix = _at - start;
        _at = start;
        if (quotes == 0)
        {
            Keep();
            return true;
        }

        Blank(prefix);
        if (quotes >= 3)
        {
            Blank(quotes);
            BlankUntil(new string('"', quotes));
        }
        else if (quotes == 2)
        {
            Blank(2);
        }
        else
        {
            Blank(1);
            Quoted(dollars > 0, verbatim);
        }

        return true;
    }

    private void Quoted(bool interpolated, bool verbatim)
    {
        while (_at < _text.Length)
        {
            if (Now == '"' && !(verbatim && Follows("\"\"")))
            {
                Blank(1);
                return;
            }

            if (interpolated && Now == '{' && !Follows("{{"))
            {
                Blank(1);
                Code(insideHole: true);
                Blank(1);
                continue;
            }

            bool pair = (!verbatim && Now == '\\') || (verbatim && Now == '"') || (interpolated && Follows("{{"));
            Blank(pair ? 2 : 1);
        }
    }
}
