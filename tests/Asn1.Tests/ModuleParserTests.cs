namespace Ccr.Asn1.Tests;

/// <summary>What the parser takes, and what it says of what it does not take.</summary>
public sealed class ModuleParserTests
{
    [Fact]
    public void Our_modules_are_all_there()
    {
        string[] modules = [.. Asn1Schema.Ccr.Modules.Order(StringComparer.Ordinal)];

        Assert.Equal(
            [
                "ACSE-AE-Title-Subset", "CCR", "CCR-Files", "CCR-Link", "CCR-Location", "CCR-Log", "CCR-Profile",
                "CCR-Session",
            ],
            modules);
    }

    [Theory]
    [InlineData("CCR-Session", "Session-message", 51)]
    [InlineData("CCR-Link", "Link-message", 16)]
    [InlineData("CCR-Location", "Location-message", 8)]
    [InlineData("CCR-Files", "Files-message", 3)]
    [InlineData("CCR-Log", "Log-content", 10)]
    [InlineData("CCR", "CCR-APDUS", 15)]
    public void A_choice_has_all_its_alternatives(string module, string type, int count)
    {
        Asn1Type choice = Asn1Schema.Ccr.Type(module, type);

        Assert.Equal(Asn1Kind.Choice, choice.Kind);
        Assert.Equal(count, choice.Components.Count);
        Assert.True(choice.Extensible);
    }

    [Fact]
    public void Sizes_and_ranges_are_kept()
    {
        Asn1Type node = Asn1Schema.Ccr.Type("CCR-Profile", "Node-name");
        Asn1Type reference = Asn1Schema.Ccr.Type("CCR-Profile", "Reference");

        Assert.Equal((1, 24), ((int)node.Min!, (int)node.Max!));
        Assert.Equal((0L, long.MaxValue), ((long)reference.Min!, (long)reference.Max!));
    }

    [Theory]
    [InlineData("A ::= B", "the type 'B' is neither defined nor imported")]
    [InlineData("A ::= SEQUENCE { a INTEGER", "'}' is due where 'END' stands")]
    [InlineData("A ::= SEQUENCE { a INTEGER, a BOOLEAN }", "'a' stands twice")]
    [InlineData("A ::= ENUMERATED { a(0), b(0) }", "'b' or its number 0 stands twice")]
    [InlineData("A ::= ENUMERATED { ... }", "needs an item")]
    [InlineData("A ::= CHOICE { }", "a CHOICE needs an alternative")]
    [InlineData("A ::= INTEGER (5..1)", "the range 5..1 holds nothing")]
    [InlineData("A ::= INTEGER A ::= BOOLEAN", "'A' is defined twice")]
    [InlineData("A ::= B B ::= A", "'A' is defined by itself")]
    [InlineData("A ::= SET { a INTEGER }", "SET with components is not supported")]
    [InlineData("A ::= SEQUENCE { a BOOLEAN DEFAULT 5 }", "'5' is no DEFAULT for BOOLEAN")]
    [InlineData("A ::= SEQUENCE { ..., ..., ... }", "one '...' too many")]
    [InlineData("A ::= SEQUENCE { ..., [[ a INTEGER ]] }", "groups of additions are not supported")]
    [InlineData("A ::= %", "'%' has no place in a module")]
    [InlineData("A ::= /* never closed", "is not closed")]
    [InlineData("A ::= INTEGER -- a comment -- B BOOLEAN", "'::=' is due where 'BOOLEAN' stands")]
    public void Bad_modules_are_refused_with_a_sentence(string body, string says)
    {
        Asn1Exception error = Assert.Throws<Asn1Exception>(() => Parse(body));

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("M", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_sentence_names_the_line()
    {
        Asn1Exception error = Assert.Throws<Asn1Exception>(() => Parse("\n\nA ::= SEQUENCE {\n  a ,\n}"));

        Assert.StartsWith("M, line 4:", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IMPORTS B FROM N;", "there is no such module")]
    [InlineData("IMPORTS B;", "',' is due where ';' stands")]
    public void Bad_imports_are_refused(string imports, string says)
    {
        Asn1Exception error = Assert.Throws<Asn1Exception>(() => Asn1Schema.Parse(
            $"M DEFINITIONS AUTOMATIC TAGS ::= BEGIN {imports} A ::= B END"));

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_is_there_twice_is_refused() => Assert.Contains(
        "twice",
        Assert.Throws<Asn1Exception>(() => Asn1Schema.Parse(Module("A ::= NULL"), Module("A ::= NULL"))).Message,
        StringComparison.Ordinal);

    internal static Asn1Schema Parse(string body, string tags = "AUTOMATIC") => Asn1Schema.Parse(Module(body, tags));

    private static string Module(string body, string tags = "AUTOMATIC") =>
        $"M DEFINITIONS {tags} TAGS ::= BEGIN {body} END";
}
