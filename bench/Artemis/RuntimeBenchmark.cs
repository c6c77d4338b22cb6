using System.Diagnostics;
using System.Globalization;
using Ccr.Bench.Log;

namespace Ccr.Bench.Artemis;

/// <summary>
/// What the jacket costs a program's run time: without any checkpoint, and with one every 100 ms; turn by turn with the
/// same program alone.
/// </summary>
internal sealed class RuntimeBenchmark : IBenchmark
{
    private const int Rounds = 9;

    // ccrctl, just started, is compiled for a second or two on the processor beside the program's.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);
    private const double Aim = 1.05;

    public string Name => "artemis-runtime";

    public string Group => "artemis";

    public string Summary => "Run time under the jacket, without checkpoints and with one every 100 ms";

    public async Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        string[] mix = ["/usr/bin/python3", JacketedProgram.SourceOf("mix.py")];
        await CompareAsync(
            report, scratch.Root,
            $"a Python program of many kinds of work, no checkpoint, fastest part of {Rounds} runs",
            mix, 0, text => Seconds(text), cancellation);
        string resident = await JacketedProgram.CompileAsync("resident", scratch.Root);
        await CompareAsync(
            report, scratch.Root, $"a checkpoint every 100 ms, 1 MiB rewritten between, fastest of {Rounds}",
            [resident, "work", "1200", "1024"], 100, text => Seconds(text) / 1e9, cancellation);
    }

    private static async Task CompareAsync(
        IReport report, string directory, string name, string[] words, int everyMs, Func<string, double> read,
        CancellationToken cancellation)
    {
        List<double> alone = [], jacketed = [];
        for (int round = 0; round < Rounds; round++)
        {
            report.Progress($"artemis: {name}, round {round + 1} of {Rounds}");
            using (Process plain = JacketedProgram.Plain(words))
            {
                await Task.Delay(Settled, cancellation);
                await plain.StandardInput.WriteLineAsync();
                plain.StandardInput.Close();
                alone.Add(read(await plain.StandardOutput.ReadToEndAsync(cancellation)));
            }

            string group = $"r{everyMs}-{round}";
            using JacketedProgram program = everyMs == 0
                ? JacketedProgram.Run(directory, group, words)
                : JacketedProgram.RunEvery(directory, group, everyMs, words);
            await Task.Delay(Settled, cancellation);
            await program.SayAsync("");
            jacketed.Add(read(await program.ToEndAsync(cancellation)));
        }

        double ours = jacketed.Min(), theirs = alone.Min(), ratio = Math.Round(ours / theirs, 3);
        report.Add(new Figure(name, Math.Round(ours, 3), "s",
            $"without the jacket: {Math.Round(theirs, 3).ToString(CultureInfo.InvariantCulture)}", ratio,
            $"{Aim.ToString(CultureInfo.InvariantCulture)} times or less", ratio <= Aim));
    }

    private static double Seconds(string text) =>
        double.Parse(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
}
