namespace Ccr.Tidy;

/// <summary>Documents lead where they say, and every public type says what it is.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void Every_public_type_has_a_summary() =>
        Finding.None(DocumentationRules.Undocumented(Repository.CSharp.Where(f => f.IsIn("src"))));

    [Fact]
    public void Links_between_documents_lead_somewhere() => Finding.None(Repository.Files
        .Where(f => f.Path.EndsWith(".md", StringComparison.Ordinal))
        .SelectMany(f => DocumentationRules.BrokenLinks(f, Exists)));

    [Fact]
    public void The_changelog_has_its_shape() => Finding.None(
        Repository.Files.Where(f => f.Path == "CHANGELOG.md").SelectMany(DocumentationRules.ChangelogShape)
            .Concat(Exists("CHANGELOG.md") ? [] : ["CHANGELOG.md is missing"]));

    private static bool Exists(string path) => Path.Exists(Path.Combine(Repository.Root, path));
}
