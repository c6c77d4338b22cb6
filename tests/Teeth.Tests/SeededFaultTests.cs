namespace Ccr.Teeth.Tests;

/// <summary>The catalogue fits the source, and the hunters find all of it.</summary>
public sealed class SeededFaultTests
{
    private static readonly string Checkout = Repository.Root;

    [Fact]
    public void Every_seeded_fault_fits_the_source()
    {
        IReadOnlyList<SeededFault> faults = Repository.Faults(Checkout);
        string folder = Directory.CreateTempSubdirectory("ccr-teeth-").FullName;
        try
        {
            new SeededTree(Checkout, folder).Write(faults);
            string switches = File.ReadAllText(Path.Combine(folder, "tree", "src", "Protocol", "Tooth.cs"));
            Assert.All(faults, fault => Assert.Contains($" {fault.Switch} =", switches, StringComparison.Ordinal));
            Assert.True(faults.Count >= 40, $"there are {faults.Count} seeded faults");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_change_whose_lines_are_gone_is_refused_in_words()
    {
        SeededFault fault = new("some-fault", "Something.", Hunter.Simulator, []);
        Change change = new("src/A.cs", "gone();\n", "$tooth;\n");
        Assert.Contains("some-fault",
            Assert.Throws<FormatException>(() => SeededTree.Apply(fault, change, "here();\n")).Message,
            StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => SeededTree.Apply(fault, change, "gone();\ngone();\n"));
        Assert.Equal("a\nglobal::Ccr.Protocol.Tooth.SomeFault;\nb", SeededTree.Apply(fault, change, "a\ngone();\nb"));
    }

    [Fact]
    public void The_product_itself_has_no_switch_for_any_fault() => Assert.All(
        Directory.EnumerateFiles(Path.Combine(Checkout, "src"), "*.cs", SearchOption.AllDirectories),
        file => Assert.DoesNotContain("Tooth.", File.ReadAllText(file), StringComparison.Ordinal));

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Every_seeded_fault_is_found()
    {
        string artifacts = Environment.GetEnvironmentVariable("CCR_ARTIFACTS") is { Length: > 0 } set
            ? set
            : Path.Combine(Checkout, "artifacts");
        Campaign campaign = new(
            Checkout, new CampaignOptions(Path.Combine(artifacts, "teeth"), null, 2_000, 300, 2, 600));
        CampaignResult result = await campaign.RunAsync(CancellationToken.None);
        Proof.Of(result).Write();
        Assert.Empty(result.Catches.Where(c => !c.Found).Select(c => c.Fault.Name));
    }
}
