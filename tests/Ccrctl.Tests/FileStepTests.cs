using Ccr.Ccrctl.FileSteps;

namespace Ccr.Ccrctl.Tests;

/// <summary>The syntax of "ccrctl run".</summary>
public sealed class FileStepTests
{
    [Fact]
    public void Every_verb_is_understood()
    {
        Assert.Equal(new FileStep("tokyo.files", "a/b", FileVerb.Read), Parse("tokyo.files:a/b read"));
        Assert.Equal(
            new FileStep("tokyo.files", "a", FileVerb.Write, "two words"), Parse("tokyo.files:a write two words"));
        Assert.Equal(new FileStep("tokyo.files", "a", FileVerb.Append, "@x.txt"), Parse("tokyo.files:a append @x.txt"));
        Assert.Equal(new FileStep("tokyo.files", "a", FileVerb.Expect, "1"), Parse("tokyo.files:a expect 1"));
        Assert.Equal(new FileStep("tokyo.files", "a", FileVerb.Delete), Parse("tokyo.files:a delete"));
        Assert.Equal(new FileStep("tokyo.files", "a", FileVerb.Missing), Parse("tokyo.files:a missing"));
        Assert.Equal(new FileStep("tokyo.files", "a", FileVerb.Add, "", 30), Parse("tokyo.files:a add 30"));
        Assert.Equal(
            new FileStep("tokyo.files", "a", FileVerb.Add, "", -3.5m, 0), Parse("tokyo.files:a add -3.5 min 0"));
    }

    [Fact]
    public void A_path_may_hold_colons() => Assert.Equal("b:c", Parse("a:b:c read").Path);

    [Theory]
    [InlineData("alice add 3", "does not start with SERVER:PATH")]
    [InlineData(":alice read", "does not start with SERVER:PATH")]
    [InlineData("tokyo.files: read", "does not start with SERVER:PATH")]
    [InlineData("tokyo.files:alice", "says nothing to do")]
    [InlineData("tokyo.files:alice burn", "'burn' is nothing to do")]
    [InlineData("tokyo.files:alice read it", "takes nothing behind it")]
    [InlineData("tokyo.files:alice write", "needs a text behind it")]
    [InlineData("tokyo.files:alice add", "is not understood")]
    [InlineData("tokyo.files:alice add ten", "is not understood")]
    [InlineData("tokyo.files:alice add 1 max 3", "is not understood")]
    [InlineData("tokyo.files:alice add 1 min", "is not understood")]
    public void What_is_wrong_is_said(string text, string sentence)
    {
        Assert.False(FileStep.TryParse(text, out _, out string? error));
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    private static FileStep Parse(string text)
    {
        Assert.True(FileStep.TryParse(text, out FileStep? step, out string? error), error);
        return step;
    }
}
