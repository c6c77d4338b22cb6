using System.Diagnostics;
using System.Globalization;
using Ccr.Artemis;
using Ccr.Bench.Log;
using Ccr.Client;

namespace Ccr.Bench.Artemis;

/// <summary>
/// A program of 1 GiB that rewrites 1 % of its pages between checkpoints: how long it stands, how much is stored, how
/// long a restart takes; against what no checkpoint and no reading can be faster than, on the same memory and disk.
/// </summary>
internal sealed class PauseBenchmark : IBenchmark
{
    private const int MiB = 1_024;
    private const int Percent = 1;
    private const int Rounds = 50;
    private const int WarmRestarts = 5;
    private const int ColdRestarts = 3;
    private const int ReadOctets = 1 << 20;

    public string Name => "artemis-pause";

    public string Group => "artemis";

    public string Summary => "Pause, size and restart of a program of 1 GiB, 1 % of it rewritten between checkpoints";

    public async Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        string resident = await JacketedProgram.CompileAsync("resident", scratch.Root);
        report.Progress("artemis: a program of 1 GiB, and its first checkpoint");
        using JacketedProgram program = JacketedProgram.Run(scratch.Root, "big", resident, "serve", Text(MiB),
            Text(Percent));
        await program.LineAsync(cancellation);
        await using CcrClient client = await CcrClient.ConnectAsync(program.Folder.LastManagerSocket!, null,
            cancellation);
        CheckpointReport first = await program.CheckpointAsync(client, cancellation);
        report.Add(Plain("first checkpoint, 1 GiB, pause", first.Figures.PauseNs / 1e6, "ms"));

        List<double> floorMs = [.. await FloorAsync(resident, cancellation)];
        List<double> pauseMs = [], stored = [], dirtied = [];
        for (int round = 1; round <= Rounds; round++)
        {
            report.Progress($"artemis: checkpoint {round} of {Rounds}");
            await program.SayAsync("again");
            string answer = await program.LineAsync(cancellation);
            CheckpointReport taken = await program.CheckpointAsync(client, cancellation);
            pauseMs.Add(taken.Figures.PauseNs / 1e6);
            stored.Add(taken.Figures.StoredOctets);
            dirtied.Add(double.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
        }

        floorMs.AddRange(await FloorAsync(resident, cancellation));
        double floor = Middle(floorMs);
        report.Add(Against($"pause of an increment, 1 GiB, {Percent} % rewritten, median of {Rounds}",
            Middle(pauseMs), "ms", "both scans and a copy of the same pages", floor, 2));
        report.Add(Against("octets of that checkpoint", Middle(stored), "octets", "rewritten", Middle(dirtied), 1.1));
        await program.KillAsync(cancellation);
        await RestartsAsync(report, scratch.Root, program.Folder, cancellation);
    }

    private static async Task RestartsAsync(
        IReport report, string directory, GroupFolder folder, CancellationToken cancellation)
    {
        report.Progress("artemis: ccrctl is compiled to native code");
        string ccrctl = await JacketedProgram.PublishAsync(Results.Checkout(), Path.Combine(directory, "published"));
        string load = await JacketedProgram.CompileAsync("load", directory);
        foreach ((string cache, int rounds, Action prepare) in new (string, int, Action)[]
        {
            ("warm", WarmRestarts, () => ReadImage(folder)), ("cold", ColdRestarts, DropCaches),
        })
        {
            List<double> readMs = [], loadMs = [], restartMs = [];
            for (int round = 1; round <= rounds; round++)
            {
                report.Progress($"artemis: restart {round} of {rounds}, {cache}");
                prepare();
                readMs.Add(ReadImage(folder));
                prepare();
                loadMs.Add(await LoadImageAsync(load, folder, cancellation));
                prepare();
                Stopwatch watch = Stopwatch.StartNew();
                using JacketedProgram again = JacketedProgram.Restart(directory, folder.Name, ccrctl);
                await again.SayAsync("again");
                await again.LineAsync(cancellation);
                restartMs.Add(watch.Elapsed.TotalMilliseconds);
                await again.KillAsync(cancellation);
            }

            string name = $"restart of 1 GiB to its first answer, {cache}, median of {rounds}";
            report.Add(Against(name, Middle(restartMs), "ms", "reading the image", Middle(readMs), 2));
            report.Add(Compared(name, Middle(restartMs), "ms", "reading it into fresh memory", Middle(loadMs)));
        }
    }

    /// <summary>Reads the image into memory that nobody has touched, as each restart must; milliseconds.</summary>
    private static async Task<double> LoadImageAsync(string load, GroupFolder folder, CancellationToken cancellation)
    {
        using Process process = JacketedProgram.Plain([load, .. Segments(folder)]);
        string text = await process.StandardOutput.ReadToEndAsync(cancellation);
        return double.Parse(text, CultureInfo.InvariantCulture) / 1e6;
    }

    private static IEnumerable<string> Segments(GroupFolder folder) =>
        Directory.EnumerateFiles(Path.Combine(folder.Root, "segments")).Order();

    /// <summary>Reads every segment of the group from its beginning to its end; milliseconds.</summary>
    private static double ReadImage(GroupFolder folder)
    {
        byte[] buffer = new byte[ReadOctets];
        Stopwatch watch = Stopwatch.StartNew();
        foreach (string file in Segments(folder))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            while (stream.Read(buffer) > 0)
            {
                // Only the reading counts.
            }
        }

        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>Only root may; a cold restart is then read from the disk.</summary>
    private static void DropCaches()
    {
        using Process sync = JacketedProgram.Plain("sync");
        sync.WaitForExit();
        File.WriteAllText("/proc/sys/vm/drop_caches", "3");
    }

    private static async Task<double[]> FloorAsync(string resident, CancellationToken cancellation)
    {
        using Process floor = JacketedProgram.Plain(
            resident, "floor", Text(MiB), Text(Percent), Text(Rounds / 2));
        string text = await floor.StandardOutput.ReadToEndAsync(cancellation);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => double.Parse(line, CultureInfo.InvariantCulture) / 1e6)];
    }

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static Figure Plain(string name, double value, string unit) =>
        new(name, Math.Round(value, 2), unit, null, null, null, true);

    private static Figure Against(
        string name, double value, string unit, string against, double other, double reach)
    {
        double ratio = Math.Round(value / other, 2);
        return new Figure(name, Math.Round(value, 2), unit, $"{against}: {Text(Math.Round(other, 2))}", ratio,
            $"{Text(reach)} times or less", ratio <= reach);
    }

    private static Figure Compared(string name, double value, string unit, string against, double other) =>
        new(name, Math.Round(value, 2), unit, $"{against}: {Text(Math.Round(other, 2))}",
            Math.Round(value / other, 2), null, true);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
