using System.Text.RegularExpressions;

namespace Ccr.Tidy;

/// <summary>What a line, a method and a file may look like. Each rule is a function of one file.</summary>
internal static partial class StyleRules
{
    public const int LineColumnsMax = 120;
    public const int FileLinesMax = 500;
    public const int TestFileLinesMax = 800;
    public const int MethodLinesMax = 70;

    private static readonly string[] CodeEndings = [".cs", ".sh", ".asn1", ".csproj", ".props", ".targets", ".c", ".h"];

    private static readonly (Regex Pattern, string Sentence)[] BannedEverywhere =
    [
        (Unfinished(), "unfinished work does not land on main: finish it, or write an issue"),
        (ForeignWords(), "use the words of the standard: superior, subordinate, branch, Server"),
        (MachinePaths(), "a path of one machine has no place in the repository"),
    ];

    /// <summary>
    /// A row of a table (the protocol machine's) may be wider: it is read across, as in the standard.
    /// </summary>
    public static IEnumerable<string> LongLines(SourceFile file) => !IsCode(file) ? [] : file.Lines
        .Select((line, i) => (line.TrimEnd('\r').Length, i, IsTableRow: line.Count(c => c == '|') >= 6))
        .Where(l => l.Length > LineColumnsMax && !l.IsTableRow)
        .Select(l => $"{file.At(l.i)}: {l.Length} columns; {LineColumnsMax} is the limit");

    public static IEnumerable<string> LongFile(SourceFile file)
    {
        int limit = file.IsIn("tests") ? TestFileLinesMax : FileLinesMax;
        return IsCode(file) && file.Lines.Length > limit
            ? [$"{file.Path}: {file.Lines.Length} lines; {limit} is the limit: give each subject its own file"]
            : [];
    }

    public static IEnumerable<string> LongMethods(SourceFile file) => CSharpMembers.Of(file.Text)
        .Where(m => m.Lines > MethodLinesMax)
        .Select(m => $"{file.At(m.FirstLine)}: a method of {m.Lines} lines; {MethodLinesMax} is the limit");

    public static IEnumerable<string> BannedWords(SourceFile file) => BannedEverywhere.SelectMany(
        rule => Hits(file, rule.Pattern, rule.Sentence));

    public static IEnumerable<string> SwallowedErrors(SourceFile file)
    {
        string code = CSharpText.CodeOf(file.Text);
        return EmptyCatch().Matches(code)
            .Where(m => !file.Text.AsSpan(m.Index, m.Length).Contains("//", StringComparison.Ordinal))
            .Select(m => $"{file.At(code.AsSpan(0, m.Index).Count('\n'))}: an empty catch; say why");
    }

    public static IEnumerable<string> BlockingWaits(SourceFile file) =>
        Hits(CodeOnly(file), Blocking(), "blocks a thread on asynchronous work: await it");

    public static IEnumerable<string> SleepsAndSkips(SourceFile file) =>
        Hits(CodeOnly(file), SleepOrSkip(), "wait for the condition, and run every test");

    private static bool IsCode(SourceFile file) =>
        file.Path is "ccr" or "ccr.cmd" or ".ci/run" || CodeEndings.Contains(Path.GetExtension(file.Path));

    private static SourceFile CodeOnly(SourceFile file) => file with { Text = CSharpText.CodeOf(file.Text) };

    private static IEnumerable<string> Hits(SourceFile file, Regex pattern, string sentence) =>
        file.Text.TrimEnd('\n').Split('\n')
            .Select((line, i) => (Match: pattern.Match(line), i))
            .Where(l => l.Match.Success)
            .Select(l => $"{file.At(l.i)}: '{l.Match.Value.Trim()}': {sentence}");

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bslaves?\b|\bcohorts?\b|transaction participant|coordinator node|\b(white|black)list",
        RegexOptions.IgnoreCase)]
    private static partial Regex ForeignWords();

    [GeneratedRegex(@"(?<![\w.])/(work|farm|root)/|\.\./shared\b|/home/[a-z]|bash_jobs|[A-Z]:\\Users\\")]
    private static partial Regex MachinePaths();

    [GeneratedRegex(@"catch\s*(\([^)]*\)\s*)?(when\s*\([^{]*\)\s*)?\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"\.Result\b\s*[;,)]|\.GetAwaiter\(\)\.GetResult\(\)|\.Wait\(\)")]
    private static partial Regex Blocking();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\(|\bSkip\s*=(?!=)|Assert\.Skip|Skip\.If")]
    private static partial Regex SleepOrSkip();
}
