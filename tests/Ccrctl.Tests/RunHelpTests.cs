using Ccr.Ccrctl.FileSteps;

namespace Ccr.Ccrctl.Tests;

/// <summary>The help of "run", which a person reads who has never seen Ccr.</summary>
public sealed class RunHelpTests
{
    [Fact]
    public async Task Help_shows_the_grammar_and_three_examples_that_parse()
    {
        Shell shell = new();
        Assert.Equal(ExitCodes.Done, await shell.RunAsync("run", "--help"));
        string[] lines = shell.Output.ToString().Split('\n');
        string[] examples = [.. lines.Where(l => l.StartsWith("  ccrctl --data ", StringComparison.Ordinal))];
        Assert.Equal(3, examples.Length);
        Assert.All(examples, e => Assert.All(Quoted(e), s => Assert.True(FileStep.TryParse(s, out _, out _), s)));
        Assert.Contains(lines, l => l.Contains("add N [min LEAST]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_step_that_is_none_is_2_before_any_node_is_asked()
    {
        Shell shell = new();
        Assert.Equal(ExitCodes.Usage, await shell.RunAsync("--data", "/nowhere", "run", "tokyo.files:a burn"));
        Assert.Contains("'burn' is nothing to do", shell.Error.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Quoted(string example) => example.Split('\'').Where((_, i) => i % 2 == 1);
}
