namespace Ccr.Tidy;

/// <summary>Each rule finds what it is there to find.</summary>
public sealed class StyleRulesTests
{
    private static SourceFile Source(string text) => new("src/Some/File.cs", text);

    private static string MethodOf(int lines) =>
        "class C\n{\n    void M(int a)\n    {\n"
        + string.Concat(Enumerable.Repeat("        a++;\n", lines - 2))
        + "    }\n}\n";

    [Fact]
    public void A_line_of_121_columns_is_found()
    {
        Assert.Single(StyleRules.LongLines(Source("x\n" + new string('x', 121))));
        Assert.Empty(StyleRules.LongLines(Source("x\n" + new string('x', 120))));
    }

    [Fact]
    public void A_file_of_501_lines_is_found()
    {
        Assert.Single(StyleRules.LongFile(Source(string.Concat(Enumerable.Repeat("x\n", 501)))));
        Assert.Empty(StyleRules.LongFile(Source(string.Concat(Enumerable.Repeat("x\n", 500)))));
    }

    [Fact]
    public void A_method_of_71_lines_is_found()
    {
        Assert.Single(StyleRules.LongMethods(Source(MethodOf(71))));
        Assert.Empty(StyleRules.LongMethods(Source(MethodOf(70))));
    }

    [Fact]
    public void Braces_in_strings_and_comments_are_no_braces()
    {
        string text = "class C\n{\n    string A => $\"{(x ? \"}\" : \"{\")}}}\"; // }\n    char B = '}';\n"
            + MethodOf(70)["class C\n{\n".Length..];
        Assert.Empty(StyleRules.LongMethods(Source(text)));
        Assert.Equal(2, CSharpText.CodeOf(text).Count('}'));
    }

    [Theory]
    [InlineData("// TODO: later")]
    [InlineData("the slave node")]
    [InlineData("see /work/notes")]
    [InlineData("throw new NotImplementedException();")]
    public void Banned_words_are_found(string line) => Assert.Single(StyleRules.BannedWords(Source(line)));

    [Theory]
    [InlineData("try { A(); } catch { }")]
    [InlineData("try { A(); } catch (IOException) { }")]
    [InlineData("try { A(); } catch (IOException e) when (e.HResult == 1)\n{\n}")]
    public void An_empty_catch_is_found(string text) => Assert.Single(StyleRules.SwallowedErrors(Source(text)));

    [Fact]
    public void A_catch_that_says_why_is_none() => Assert.Empty(
        StyleRules.SwallowedErrors(Source("try { A(); }\ncatch (IOException)\n{\n    // gone already\n}")));

    [Fact]
    public void Blocking_and_sleeping_are_found()
    {
        Assert.Single(StyleRules.BlockingWaits(Source("int a = task.Result;")));
        Assert.Empty(StyleRules.BlockingWaits(Source("// task.Result;")));
        Assert.Single(StyleRules.SleepsAndSkips(Source("Thread.Sleep(1);")));
        Assert.Single(StyleRules.SleepsAndSkips(Source("[Fact(Skip = \"later\")]")));
    }

    [Fact]
    public void A_public_type_without_a_summary_is_found()
    {
        Assert.Single(DocumentationRules.Undocumented([Source("public sealed class C\n{\n}")]));
        Assert.Empty(DocumentationRules.Undocumented(
            [Source("/// <summary>A.</summary>\n[A]\npublic sealed class C;")]));
    }

    [Fact]
    public void A_link_to_nowhere_is_found()
    {
        SourceFile page = new("docs/page.md", "[there](nowhere.md), [here](page.md#part), [out](https://a.b)");
        Assert.Single(DocumentationRules.BrokenLinks(page, path => path == "docs/page.md"));
    }

    [Fact]
    public void A_changelog_without_sections_is_found() =>
        Assert.NotEmpty(DocumentationRules.ChangelogShape(new SourceFile("CHANGELOG.md", "# Changelog\n\nsome words")));
}
