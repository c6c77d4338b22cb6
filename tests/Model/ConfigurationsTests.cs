using Xunit.Abstractions;

namespace Ccr.Model;

/// <summary>Every history of the model, in several sizes and shapes, keeps the invariants and ends.</summary>
public sealed class ConfigurationsTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. All.Select(c => c.Name)];

    private static IEnumerable<Configuration> All =>
        Environment.GetEnvironmentVariable("CCR_MODEL") == "deep"
            ? [.. Configuration.Ordinary, .. Configuration.Deep]
            : Configuration.Ordinary;

    [Fact]
    public void A_small_configuration_keeps_the_invariants() => Holds(Configuration.Quick);

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Names))]
    public void A_configuration_keeps_the_invariants(string name) => Holds(All.Single(c => c.Name == name));

    private void Holds(Configuration configuration)
    {
        var evidence = new Evidence.Evidence("model", configuration.Name);
        using var pan = new Pan(configuration.Defines, configuration.Options);
        Found found = pan.Search(configuration.Search);
        output.WriteLine($"{configuration.Name}: {found.States:N0} states, {found.Transitions:N0} transitions, depth "
            + $"{found.Depth:N0}, {found.Seconds:N1} s, {found.MemoryMb:N0} MiB {configuration.Options}");
        Assert.True(found.Broken is null, $"{configuration.Defines}: {found.Output}");
        Assert.True(found.IsWhole, $"The search was cut short: {found.Output}");
        Assert.True(found.MemoryMb > 0, $"spin names its memory in other words: {found.Output}");
        evidence.Count("distinct states", found.States).Count("transitions", found.Transitions)
            .Count("depth", found.Depth).Count("search seconds", Math.Round(found.Seconds, 1))
            .Count("memory MB", Math.Round(found.MemoryMb)).Write();
    }
}
