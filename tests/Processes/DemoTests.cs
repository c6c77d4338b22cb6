using System.Text.Json.Nodes;

namespace Ccr.Processes;

/// <summary>The README's first command, as a test.</summary>
public sealed class DemoTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task The_demo_survives_its_kills_and_conserves_the_money()
    {
        Finished demo = await Programs.RunAsync("Demo", Programs.Root, "--json");
        Assert.True(demo.ExitCode == 0, demo.ToString());

        JsonNode report = JsonNode.Parse(demo.Output.TrimEnd().Split('\n')[^1])!;
        long Value(string name) => report[name]!.GetValue<long>();
        Assert.True(Value("committed") + Value("refused") >= 1000, demo.Output);
        Assert.True(Value("refused") > 0, demo.Output);
        Assert.Equal(0, Value("inDoubt"));
        Assert.True(Value("recovered") >= 3, demo.Output);
        Assert.True(Value("kills") >= 7, demo.Output);
        Assert.Equal(Value("totalBefore"), Value("totalAfter"));
        Assert.True(report["seconds"]!.GetValue<double>() > 0);
    }

    [Fact]
    public async Task An_option_that_is_none_is_refused() =>
        Assert.Equal(2, (await Programs.RunAsync("Demo", Programs.Root, "--jsom")).ExitCode);
}
