using System.Diagnostics;

namespace Ccr.Teeth;

/// <summary>One build with all faults in it, a control for each hunter, then a hunt for each fault.</summary>
internal sealed class Campaign(string repository, CampaignOptions options)
{
    /// <summary>Told of each catch as it comes.</summary>
    public Action<Catch> Caught { get; init; } = _ => { };

    /// <summary>Told what is under way.</summary>
    public Action<string> Doing { get; init; } = _ => { };

    /// <summary>Runs it. The results come in the order of the faults' names.</summary>
    /// <exception cref="FormatException">A fault does not fit the source.</exception>
    /// <exception cref="InvalidOperationException">The build failed, or a hunter fails without any fault.</exception>
    public async Task<CampaignResult> RunAsync(CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        IReadOnlyList<SeededFault> all = Repository.Faults(repository);
        SeededFault[] chosen = [.. all.Where(f => options.Only is null || f.Name == options.Only)];
        if (chosen.Length == 0)
        {
            throw new InvalidOperationException(
                $"There is no seeded fault '{options.Only}'; they are the files of tests/Teeth/faults.");
        }

        SeededTree tree = new(repository, options.Folder);
        Doing("writing the seeded source");
        tree.Write(all);
        Doing("building it");
        tree.Build(chosen.Select(f => f.Hunter));
        Hunt hunt = new(tree, options.Seeds, options.LimitSeconds);
        Doing("control: the hunters without a fault");
        foreach (Hunter hunter in chosen.Select(f => f.Hunter).Distinct())
        {
            Hunt control = new(tree, options.ControlSeeds, options.LimitSeconds);
            if (await control.ControlAsync(hunter, cancellation) is { } said)
            {
                throw new InvalidOperationException($"The control failed, so nothing can be concluded: {said}");
            }
        }

        Catch[] results = new Catch[chosen.Length];
        await Parallel.ForAsync(
            0,
            chosen.Length,
            new ParallelOptions { MaxDegreeOfParallelism = options.Jobs, CancellationToken = cancellation },
            async (i, token) =>
            {
                Doing(chosen[i].Name);
                results[i] = await hunt.ForAsync(chosen[i], token);
                Caught(results[i]);
            });
        return new CampaignResult(results, watch.Elapsed.TotalSeconds);
    }
}

/// <summary>What a campaign is to do.</summary>
/// <param name="Folder">Scratch folder for the seeded build; kept, so that the next one is quick.</param>
/// <param name="Only">One fault alone, or null.</param>
/// <param name="Seeds">Seeds of the simulator that hunt for one fault, at most.</param>
/// <param name="ControlSeeds">Seeds that have to pass without a fault.</param>
/// <param name="Jobs">Hunts side by side.</param>
/// <param name="LimitSeconds">The longest hunt.</param>
internal sealed record CampaignOptions(
    string Folder, string? Only, int Seeds, int ControlSeeds, int Jobs, int LimitSeconds);

/// <summary>What a campaign came to.</summary>
internal sealed record CampaignResult(IReadOnlyList<Catch> Catches, double Seconds)
{
    /// <summary>How many faults were found.</summary>
    public int Found => Catches.Count(c => c.Found);
}
