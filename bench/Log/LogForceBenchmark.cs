using System.Diagnostics;
using System.Globalization;
using Ccr.AtomicActionLog;
using Ccr.Protocol.Messages;

namespace Ccr.Bench.Log;

/// <summary>Forced records, one writer and 64, against a C program's append + fdatasync beside them.</summary>
internal sealed class LogForceBenchmark : IBenchmark
{
    private const int Rounds = 21;
    private const int RecordsPerRound = 1_000;
    private const int Writers = 64;
    private const int RecordsPerWriter = 400;
    private const double OneWriterReach = 1.5;
    private const double ManyWritersReach = 10;
    private const long LimitBytes = 256L << 20;

    public string Name => "log";

    public string Group => "core";

    public string Summary => "The atomic-action log: forced records, one writer and 64, against C";

    public Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        CProgram append = CProgram.Compile("append", scratch.Root);
        LogCommit record = LogScratch.Commit(1);
        string octets = LogScratch.OctetsOf(record).ToString(CultureInfo.InvariantCulture);
        double[] ours = new double[Rounds];
        double[] theirs = new double[Rounds];
        double[] many = new double[Rounds];
        using FasterAtomicActionLog log = scratch.Open("one", LimitBytes);
        using FasterAtomicActionLog shared = scratch.Open("many", LimitBytes);
        using WriterCrowd crowd = new(shared, Writers, record);
        _ = NanosecondsOfOneWriter(log, record);
        _ = crowd.NanosecondsEach(RecordsPerWriter);
        for (int i = 0; i < Rounds; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            report.Progress($"log: round {i + 1} of {Rounds}, records of {octets} octets");
            theirs[i] = append.Number(Path.Combine(scratch.Root, "plain"), octets, $"{RecordsPerRound}");
            ours[i] = NanosecondsOfOneWriter(log, record);
            many[i] = crowd.NanosecondsEach(RecordsPerWriter);
        }

        Report(report, Median(ours), Median(theirs), Median(many));
        return Task.CompletedTask;
    }

    private static void Report(IReport report, double ours, double theirs, double many)
    {
        report.Add(new Figure(
            "log: one forced record, one writer",
            Math.Round(ours / 1_000, 1),
            "us",
            string.Create(CultureInfo.InvariantCulture, $"C append + fdatasync: {theirs / 1_000:0.0} us"),
            Math.Round(ours / theirs, 2),
            $"within {OneWriterReach} times",
            ours <= theirs * OneWriterReach));
        report.Add(new Figure(
            $"log: forced records, {Writers} writers",
            Math.Round(1e9 / many),
            "a second",
            string.Create(CultureInfo.InvariantCulture, $"C, one writer: {1e9 / theirs:0} a second"),
            Math.Round(theirs / many, 1),
            $"{ManyWritersReach} times or more",
            theirs / many >= ManyWritersReach));
    }

    private static double NanosecondsOfOneWriter(FasterAtomicActionLog log, LogContent record)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < RecordsPerRound; i++)
        {
            log.Append(record);
            log.Force();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / RecordsPerRound;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
