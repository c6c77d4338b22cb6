using System.Diagnostics;
using Ccr.Client;

namespace Ccr.Bench.TwoNode;

/// <summary>
/// Clients, each with a connection of its own and one action at a time: TransOpen over both nodes, TransClose.
/// </summary>
internal static class ActionLoad
{
    private static readonly string[] Servers = ["tokyo.noop", "osaka.noop"];

    /// <summary>
    /// Prints "COUNT MEDIAN-NANOSECONDS" for the measured time; a warm-up of the same length goes before.
    /// </summary>
    internal static async Task<int> RunAsync(string data, int clients, int seconds)
    {
        string socket = new NodeLayout(data).ManagerSocket;
        var connected = new CcrClient[clients];
        for (int i = 0; i < clients; i++)
        {
            connected[i] = await CcrClient.ConnectAsync(socket).ConfigureAwait(false);
        }

        await Console.Out.WriteLineAsync("ready").ConfigureAwait(false);
        _ = await MeasureAsync(connected, seconds).ConfigureAwait(false);
        List<long> latencies = await MeasureAsync(connected, seconds).ConfigureAwait(false);
        foreach (CcrClient client in connected)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }

        latencies.Sort();
        await Console.Out.WriteLineAsync($"{latencies.Count} {latencies[latencies.Count / 2]}").ConfigureAwait(false);
        return 0;
    }

    private static async Task<List<long>> MeasureAsync(CcrClient[] clients, int seconds)
    {
        long end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        IEnumerable<Task<List<long>>> loops = clients.Select(c => Task.Run(() => LoopAsync(c, end)));
        List<long>[] all = await Task.WhenAll(loops).ConfigureAwait(false);
        return [.. all.SelectMany(l => l)];
    }

    private static async Task<List<long>> LoopAsync(CcrClient client, long end)
    {
        List<long> latencies = [];
        for (long start = Stopwatch.GetTimestamp(); start < end;)
        {
            AtomicAction action = await client.TransOpenAsync(Servers).ConfigureAwait(false);
            CcrOutcome outcome = await action.TransCloseAsync().ConfigureAwait(false);
            if (!outcome.IsCommitted)
            {
                throw new InvalidOperationException($"An action of the benchmark did not commit: {outcome}");
            }

            long now = Stopwatch.GetTimestamp();
            latencies.Add((long)Stopwatch.GetElapsedTime(start, now).TotalNanoseconds);
            start = now;
        }

        return latencies;
    }
}
