using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Ccr.Model;

/// <summary>What one search by spin printed.</summary>
/// <param name="States">Distinct states.</param>
/// <param name="Transitions">Steps between them.</param>
/// <param name="Depth">The longest history, in steps.</param>
/// <param name="Seconds">Seconds of the search, by the clock.</param>
/// <param name="MemoryMb">Memory of the search, in MiB.</param>
/// <param name="Broken">The invariant that a history broke ("I4: ..."); null when none did.</param>
/// <param name="IsWhole">False when a limit of memory or depth cut the search short.</param>
/// <param name="Output">All that it printed; of a broken invariant, the history that breaks it as well.</param>
internal sealed record Found(
    double States, double Transitions, double Depth, double Seconds, double MemoryMb, string? Broken, bool IsWhole,
    string Output)
{
    /// <summary>The name of the broken invariant alone.</summary>
    public string? Rule => Broken?.Split(':')[0];
}

/// <summary>A verifier that spin wrote for one configuration of the model, compiled.</summary>
internal sealed partial class Pan : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-model-").FullName;
    private readonly string _search;

    /// <param name="defines">
    /// "-DNODES=3 -DCRASHES=1": what spin and gcc are told alike. With -DLIVE, cycles in which nothing ends are
    /// searched for under weak fairness, not broken invariants alone.
    /// </param>
    /// <param name="compilerOptions">For gcc alone: how states are kept.</param>
    public Pan(string defines, string compilerOptions = "")
    {
        bool live = defines.Contains("-DLIVE", StringComparison.Ordinal);
        // States are kept as they are, which is quicker; spin's search for cycles cannot have it.
        compilerOptions += live ? " -DNFAIR=5" : " -DSAFETY -DNOCOMP -DHASH64";
        _search = live ? "-m400000 -a -f" : "-m200000";
        Run("spin", $"{defines} -a {Path.Combine(Sources.Folder, "ccr.pml")}", null);
        string limits = "-O1 -w -DNOREDUCE -DMEMLIM=4096";
        Run("gcc", $"{limits} {compilerOptions} {defines} -I{Sources.Folder} -o pan pan.c", null);
    }

    /// <summary>Searches; with one of the seeded mistakes when <paramref name="mutant"/> is not 0.</summary>
    public Found Search(string options = "", int mutant = 0)
    {
        var watch = Stopwatch.StartNew();
        string output = Run(Path.Combine(_folder, "pan"), $"{_search} {options}", mutant, mayFail: true);
        double seconds = watch.Elapsed.TotalSeconds;
        bool failed = NumberOf(Errors(), output) > 0;
        string? broken = failed ? "V1: a cycle in which nothing ends" : null;
        if (BrokenRule().Match(output) is { Success: true } rule)
        {
            broken = rule.Groups[1].Value;
        }

        if (failed)
        {
            string trail = Run(Path.Combine(_folder, "pan"), "-r ccr.pml.trail", mutant, mayFail: true);
            output += string.Join('\n', trail.Split('\n').Where(l => !Noise().IsMatch(l)).Take(400));
        }

        bool isWhole = Errors().IsMatch(output) && !CutShort().IsMatch(output);
        return new Found(
            NumberOf(States(), output), NumberOf(Transitions(), output), NumberOf(Depth(), output), seconds,
            NumberOf(Memory(), output), broken, isWhole, output);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static double NumberOf(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match
            ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0;

    private string Run(string program, string arguments, int? mutant, bool mayFail = false)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MUTANT"] = (mutant ?? 0).ToString(CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output += errors.GetAwaiter().GetResult();
        bool isWell = mayFail || process.ExitCode == 0;
        Assert.True(isWell, $"{program} {arguments} ended with {process.ExitCode}:\n{output}");
        return output;
    }

    [GeneratedRegex(@"BROKEN (\w+: .*)")]
    private static partial Regex BrokenRule();

    [GeneratedRegex("not completed|max search depth too small")]
    private static partial Regex CutShort();

    [GeneratedRegex(@"errors: (\d+)")]
    private static partial Regex Errors();

    [GeneratedRegex(@"([\d.e+]+) states, stored")]
    private static partial Regex States();

    [GeneratedRegex(@"([\d.e+]+) transitions \(")]
    private static partial Regex Transitions();

    [GeneratedRegex(@"depth reached (\d+)")]
    private static partial Regex Depth();

    [GeneratedRegex(@"([\d.]+)\s+(?:total actual memory usage|memory usage \(Mbyte\))")]
    private static partial Regex Memory();

    [GeneratedRegex(@"^\s*\d+:\s+proc|^#processes|^\t|^\s+byte |^\s+short |^\s+bit |^global vars|^local vars|^\s*$")]
    private static partial Regex Noise();
}
