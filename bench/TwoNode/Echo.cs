using System.Diagnostics;
using System.Net.Sockets;

namespace Ccr.Bench.TwoNode;

/// <summary>
/// The measure: 100 octets there and back over a Unix-domain socket, each client with a connection of its own.
/// </summary>
internal static class Echo
{
    internal const string Serving = "echo";
    internal const string ServingInline = "echo-inline";
    internal const string Asking = "echo-clients";
    internal const string AskingInline = "echo-clients-inline";

    private const int Octets = 100;

    internal static async Task<int> ServeAsync(string path)
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(128);
        Task accepting = Task.Run(async () =>
        {
            while (true)
            {
                Socket socket = await listener.AcceptAsync().ConfigureAwait(false);
                _ = Task.Run(() => AnswerAsync(socket));
            }
        });
        await Child.SayReadyAndWaitAsync().ConfigureAwait(false);
        return accepting.IsFaulted ? 1 : 0;
    }

    /// <summary>
    /// Prints "COUNT MEDIAN-NANOSECONDS" for the measured time; a warm-up of the same length goes before.
    /// </summary>
    internal static async Task<int> RunAsync(string path, int clients, int seconds)
    {
        var sockets = new Socket[clients];
        for (int i = 0; i < clients; i++)
        {
            sockets[i] = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await sockets[i].ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
        }

        await Console.Out.WriteLineAsync("ready").ConfigureAwait(false);
        _ = await MeasureAsync(sockets, seconds).ConfigureAwait(false);
        List<long> latencies = await MeasureAsync(sockets, seconds).ConfigureAwait(false);
        latencies.Sort();
        await Console.Out.WriteLineAsync($"{latencies.Count} {latencies[latencies.Count / 2]}").ConfigureAwait(false);
        return 0;
    }

    private static async Task AnswerAsync(Socket socket)
    {
        byte[] buffer = new byte[Octets];
        while (await FillAsync(socket, buffer).ConfigureAwait(false))
        {
            await socket.SendAsync(buffer).ConfigureAwait(false);
        }
    }

    private static async Task<List<long>> MeasureAsync(Socket[] sockets, int seconds)
    {
        long end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        IEnumerable<Task<List<long>>> loops = sockets.Select(s => Task.Run(() => LoopAsync(s, end)));
        List<long>[] all = await Task.WhenAll(loops).ConfigureAwait(false);
        return [.. all.SelectMany(l => l)];
    }

    private static async Task<List<long>> LoopAsync(Socket socket, long end)
    {
        byte[] buffer = new byte[Octets];
        List<long> latencies = [];
        for (long start = Stopwatch.GetTimestamp(); start < end;)
        {
            await socket.SendAsync(buffer).ConfigureAwait(false);
            await FillAsync(socket, buffer).ConfigureAwait(false);
            long now = Stopwatch.GetTimestamp();
            latencies.Add((long)Stopwatch.GetElapsedTime(start, now).TotalNanoseconds);
            start = now;
        }

        return latencies;
    }

    private static async Task<bool> FillAsync(Socket socket, byte[] buffer)
    {
        for (int filled = 0; filled < buffer.Length;)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            filled += read;
        }

        return true;
    }
}
