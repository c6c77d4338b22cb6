using System.Diagnostics;

namespace Ccr.Bench.Db;

/// <summary>Clients that each run one transaction after another for a time, on rows of their own.</summary>
internal static class DbLoad
{
    internal const int RowsOfAClient = 100;

    /// <summary>Runs a load, after a short part that is not counted.</summary>
    /// <param name="clients">How many at a time.</param>
    /// <param name="time">How long it is measured.</param>
    /// <param name="transaction">One transaction on the row of this number.</param>
    /// <param name="cancellation">Ends it early.</param>
    internal static async Task<LoadResult> RunAsync(
        int clients, TimeSpan time, Func<int, Task> transaction, CancellationToken cancellation)
    {
        TimeSpan warm = time / 4;
        long start = Stopwatch.GetTimestamp();
        List<double>[] tookMs = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            () => ClientAsync(client, start, warm, warm + time, transaction, cancellation), cancellation)));
        double[] all = [.. tookMs.SelectMany(ms => ms).Order()];
        return all.Length == 0
            ? throw new InvalidOperationException("No transaction ended in the time of the load.")
            : new LoadResult(all.Length / time.TotalSeconds, all[all.Length / 2], all[(int)(all.Length * 0.99)]);
    }

    private static async Task<List<double>> ClientAsync(
        int client, long start, TimeSpan from, TimeSpan to, Func<int, Task> transaction, CancellationToken cancellation)
    {
        Random rows = new(client + 1);
        List<double> tookMs = new(1 << 14);
        while (Stopwatch.GetElapsedTime(start) < to)
        {
            cancellation.ThrowIfCancellationRequested();
            long began = Stopwatch.GetTimestamp();
            await transaction((client * RowsOfAClient) + rows.Next(RowsOfAClient));
            TimeSpan ended = Stopwatch.GetElapsedTime(start);
            if (ended >= from && ended < to)
            {
                tookMs.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return tookMs;
    }
}
