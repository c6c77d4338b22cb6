using System.Text.RegularExpressions;

namespace Ccr.Tidy;

/// <summary>What a reader may rely on: summaries, links that lead somewhere, a changelog of one shape.</summary>
internal static partial class DocumentationRules
{
    public static IEnumerable<string> Undocumented(IEnumerable<SourceFile> files)
    {
        Dictionary<string, (string At, bool Documented)> types = [];
        foreach (SourceFile file in files)
        {
            for (int i = 0; i < file.Lines.Length; i++)
            {
                Match type = PublicType().Match(file.Lines[i]);
                if (type.Success)
                {
                    string key = Path.GetDirectoryName(file.Path) + type.Groups["name"].Value;
                    bool before = types.TryGetValue(key, out (string At, bool Documented) known) && known.Documented;
                    types[key] = (file.At(i), before || HasSummary(file.Lines, i));
                }
            }
        }

        return types.Values.Where(t => !t.Documented).Select(t => $"{t.At}: a public type without a summary");
    }

    public static IEnumerable<string> BrokenLinks(SourceFile page, Func<string, bool> exists)
    {
        string folder = Path.GetDirectoryName(page.Path) ?? "";
        for (int i = 0; i < page.Lines.Length; i++)
        {
            foreach (Match link in Link().Matches(page.Lines[i]))
            {
                string target = link.Groups["to"].Value.Split('#')[0];
                bool outside = target.Length == 0 || target.Contains(':', StringComparison.Ordinal);
                if (!outside && !exists(Within(folder, target)))
                {
                    yield return $"{page.At(i)}: the link to {target} leads nowhere";
                }
            }
        }
    }

    public static IEnumerable<string> ChangelogShape(SourceFile changelog)
    {
        if (changelog.Lines[0] != "# Changelog")
        {
            yield return "CHANGELOG.md: starts with '# Changelog'";
        }

        string[] sections = [.. changelog.Lines.Where(l => l.StartsWith("## ", StringComparison.Ordinal))];
        if (sections.Length == 0)
        {
            yield return "CHANGELOG.md: has no section";
        }

        foreach (string section in sections.Where(s => !Section().IsMatch(s)))
        {
            yield return $"CHANGELOG.md: '{section}' is neither '## Unreleased' nor '## 1.2.3 (2026-01-31)'";
        }
    }

    private static string Within(string folder, string target) => Path.GetRelativePath(
        "/", Path.GetFullPath(Path.Combine("/" + folder, target))).Replace('\\', '/').TrimEnd('/');

    private static bool HasSummary(string[] lines, int type)
    {
        int i = type - 1;
        while (i >= 0 && lines[i].TrimStart().StartsWith('['))
        {
            i--;
        }

        bool found = false;
        for (; i >= 0 && lines[i].TrimStart().StartsWith("///", StringComparison.Ordinal); i--)
        {
            found |= lines[i].Contains("<summary>", StringComparison.Ordinal)
                || lines[i].Contains("<inheritdoc", StringComparison.Ordinal);
        }

        return found;
    }

    [GeneratedRegex(@"^\s*public ((sealed|static|abstract|partial|readonly|ref|unsafe) )*"
        + @"(delegate [^ (]+|class|record struct|record class|record|struct|interface|enum) (?<name>\w+)")]
    private static partial Regex PublicType();

    [GeneratedRegex(@"(?<!`)\[[^\]`]*\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^## (Unreleased|\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\))$")]
    private static partial Regex Section();
}
