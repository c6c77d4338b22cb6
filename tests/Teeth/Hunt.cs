using System.Diagnostics;

namespace Ccr.Teeth;

/// <summary>How the hunt for one fault ended.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Found">A hunter failed while it was switched on.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="By">What found it, in a line: a seed and its sentence, or a test.</param>
internal sealed record Catch(SeededFault Fault, bool Found, double Seconds, string By);

/// <summary>
/// Runs a hunter of the seeded build with one fault switched on, until it fails or has had its time. A control without
/// a fault has to pass, or the hunters bite anything.
/// </summary>
internal sealed class Hunt(SeededTree tree, int seeds, int limitSeconds)
{
    /// <summary>Hunts for one fault.</summary>
    public async Task<Catch> ForAsync(SeededFault fault, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        (int code, string said) = await RunAsync(fault.Hunter, fault.Name, cancellation);
        return new Catch(fault, code == 1, watch.Elapsed.TotalSeconds, code == 1 ? Verdict(said) : "");
    }

    /// <summary>Runs a hunter with no fault; null when it passes, else what it said.</summary>
    public async Task<string?> ControlAsync(Hunter hunter, CancellationToken cancellation)
    {
        (int code, string said) = await RunAsync(hunter, "", cancellation);
        return code == 0 ? null : Verdict(said);
    }

    // The first line that names a failure.
    internal static string Verdict(string said)
    {
        string[] lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string? line = lines.FirstOrDefault(l => l.StartsWith("seed ", StringComparison.Ordinal) && l.Contains(": "))
            ?? lines.FirstOrDefault(l => l.StartsWith("Failed ", StringComparison.Ordinal))
            ?? lines.LastOrDefault();
        return line ?? "it said nothing";
    }

    private async Task<(int Code, string Said)> RunAsync(Hunter hunter, string tooth, CancellationToken cancellation)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in Arguments(hunter))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[SeededTree.Variable] = tooth;
        start.Environment.Remove("CCR_EVIDENCE");
        start.Environment["DOTNET_TieredPGO"] = "0"; // most hunts are over before what they run is worth optimising
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(limitSeconds));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancellation);
            return (-1, $"not ended after {limitSeconds} s");
        }

        return (process.ExitCode, await output + await errors);
    }

    private string[] Arguments(Hunter hunter) => hunter switch
    {
        Hunter.Simulator => [Program("Ccr.Simulation"), $"1..{seeds}", "--jobs", "1", "--until-failure"],
        Hunter.Core => [Program("Ccr.AtomicActions.Tests")],
        _ => [Program("Ccr.LogDamage.Tests"), ".Damage."],
    };

    private string Program(string name) => Path.Combine(tree.Binaries, name, "release", name + ".dll");
}
