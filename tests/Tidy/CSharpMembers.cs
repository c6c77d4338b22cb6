using System.Text.RegularExpressions;

namespace Ccr.Tidy;

/// <summary>Where a member with a body starts and how many lines it has.</summary>
internal readonly record struct CSharpMember(int FirstLine, int Lines);

/// <summary>Finds the methods of a C# file by its braces.</summary>
internal static partial class CSharpMembers
{
    private enum Block { Type, Member, Inner }

    public static IEnumerable<CSharpMember> Of(string text)
    {
        string code = CSharpText.CodeOf(text);
        Stack<(Block Kind, int Line)> open = new();
        int line = 0;
        int headStart = 0;
        for (int i = 0; i < code.Length; i++)
        {
            switch (code[i])
            {
                case '\n':
                    line++;
                    break;
                case '{':
                    open.Push((KindOf(code[headStart..i], open), line));
                    headStart = i + 1;
                    break;
                case '}':
                    if (open.TryPop(out (Block Kind, int Line) closed) && closed.Kind == Block.Member)
                    {
                        yield return new CSharpMember(closed.Line, line - closed.Line + 1);
                    }

                    headStart = i + 1;
                    break;
                case ';':
                    headStart = i + 1;
                    break;
            }
        }
    }

    private static Block KindOf(string head, Stack<(Block Kind, int Line)> open)
    {
        bool amongMembers = open.Count == 0 || open.Peek().Kind == Block.Type;
        return !amongMembers ? Block.Inner
            : TypeHead().IsMatch(head) ? Block.Type
            : FieldHead().IsMatch(head) ? Block.Inner
            : Block.Member;
    }

    [GeneratedRegex(@"\b(class|struct|record|interface|enum|namespace)\b[^()=]*(\(|\w|>|\s|$)")]
    private static partial Regex TypeHead();

    [GeneratedRegex(@"^[^(]*[^=!<>]=[^>=]")]
    private static partial Regex FieldHead();
}
