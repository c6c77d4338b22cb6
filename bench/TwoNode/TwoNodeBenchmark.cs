using System.Globalization;
using Ccr.Bench.Log;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Bench.TwoNode;

/// <summary>
/// An atomic action over two nodes, one Server that does nothing on each, both logs forced, TCP between the managers,
/// everybody a process of his own: against what the same machine does in the same run with a plain echo.
/// </summary>
internal sealed class TwoNodeBenchmark : IBenchmark
{
    private const int Clients = 64;
    private const int Seconds = 4;
    private const int Rounds = 3;
    private const double ThroughputReach = 1.3;
    private const double LatencyReach = 2.2;
    private const int MessagesOfAnAction = 21;
    private const int EchoesOfAnAction = 6;
    private const int ForcesOfAnAction = 3;

    public string Name => "two-node";

    public string Group => "core";

    public string Summary => "Actions over two nodes: throughput, latency, forced writes and octets";

    public async Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        string tokyo = Path.Combine(scratch.Root, "tokyo");
        string osaka = Path.Combine(scratch.Root, "osaka");
        report.Progress("two-node: starting managers and Servers");
        using ChildProcess managerB = await ChildProcess.StartAsync("manager", "osaka", osaka);
        string address = NodeLayout.ReadAddress(new NodeLayout(osaka).ManagerAddressFile) ?? "";
        using ChildProcess managerA = await ChildProcess.StartAsync("manager", "tokyo", tokyo, "osaka=" + address);
        using ChildProcess serverB = await ChildProcess.StartAsync("server", "osaka", osaka);
        using ChildProcess serverA = await ChildProcess.StartAsync("server", "tokyo", tokyo);
        string echoSocket = Path.Combine(scratch.Root, "echo.sock");
        using ChildProcess echo = await ChildProcess.StartAsync(Echo.Serving, echoSocket);
        using ChildProcess inline = await ChildProcess.StartAsync(Echo.ServingInline, echoSocket + ".inline");

        await CountAsync(report, tokyo, osaka, cancellation);
        await ManyAsync(report, tokyo, echoSocket, cancellation);
        await OneAsync(report, tokyo, echoSocket, scratch, cancellation);
    }

    private static async Task ManyAsync(IReport report, string data, string echoSocket, CancellationToken cancellation)
    {
        List<double> actions = [];
        List<double> echoes = [];
        List<double> inline = [];
        for (int i = 0; i < Rounds; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            report.Progress($"two-node: {Clients} Clients, round {i + 1} of {Rounds}");
            echoes.Add((await LoadAsync(Echo.Asking, echoSocket, Clients)).Count / (double)Seconds);
            inline.Add((await LoadAsync(Echo.AskingInline, echoSocket + ".inline", Clients)).Count / (double)Seconds);
            actions.Add((await LoadAsync("clients", data, Clients)).Count / (double)Seconds);
        }

        double rate = Median(actions);
        double measure = Median(echoes) / MessagesOfAnAction;
        report.Add(new Figure(
            $"two-node action, {Clients} Clients",
            Math.Round(rate),
            "a second",
            string.Create(CultureInfo.InvariantCulture,
                $"{Median(echoes):0} echoes a second / {MessagesOfAnAction} messages = {measure:0}"),
            Math.Round(rate / measure, 2),
            $"{ThroughputReach.ToString(CultureInfo.InvariantCulture)} times or more",
            rate >= measure * ThroughputReach));
        double harder = Median(inline) / MessagesOfAnAction;
        report.Add(new Figure(
            "the same, against an echo with inline completions",
            Math.Round(rate),
            "a second",
            string.Create(CultureInfo.InvariantCulture, $"{Median(inline):0} / {MessagesOfAnAction} = {harder:0}"),
            Math.Round(rate / harder, 2),
            null,
            true));
    }

    private static async Task OneAsync(
        IReport report, string data, string echoSocket, LogScratch scratch, CancellationToken cancellation)
    {
        CProgram append = CProgram.Compile("append", scratch.Root);
        List<double> actions = [];
        List<double> measures = [];
        for (int i = 0; i < Rounds; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            report.Progress($"two-node: 1 Client, round {i + 1} of {Rounds}");
            double echoNs = (await LoadAsync(Echo.Asking, echoSocket, 1)).MedianNs;
            double forceNs = append.Number(Path.Combine(scratch.Root, "plain"), "200", "2000");
            measures.Add((EchoesOfAnAction * echoNs) + (ForcesOfAnAction * forceNs));
            actions.Add((await LoadAsync("clients", data, 1)).MedianNs);
        }

        double p50 = Median(actions);
        double measure = Median(measures);
        report.Add(new Figure(
            "two-node action, p50 at 1 Client",
            Math.Round(p50 / 1000),
            "us",
            string.Create(CultureInfo.InvariantCulture,
                $"{EchoesOfAnAction} echoes + {ForcesOfAnAction} forced appends: {measure / 1000:0} us"),
            Math.Round(p50 / measure, 2),
            $"within {LatencyReach.ToString(CultureInfo.InvariantCulture)} times",
            p50 <= measure * LatencyReach));
    }

    private static async Task CountAsync(IReport report, string tokyo, string osaka, CancellationToken cancellation)
    {
        const int actions = 100;
        report.Progress("two-node: counting");
        await using CcrClient client = await CcrClient.ConnectAsync(
            new NodeLayout(tokyo).ManagerSocket, cancellation: cancellation);
        await RunAsync(client, 10, cancellation);
        Counts before = await CountsAsync(tokyo, osaka, cancellation);
        await RunAsync(client, actions, cancellation);
        Counts after = await CountsAsync(tokyo, osaka, cancellation);
        double superior = (after.SuperiorForces - before.SuperiorForces) / (double)actions;
        double subordinate = (after.SubordinateForces - before.SubordinateForces) / (double)actions;
        double messages = (after.Messages - before.Messages) / (double)actions;
        double octets = (after.Octets - before.Octets) / (double)actions;
        report.Add(new Figure("forced writes at the superior", superior, "an action", null, null, "1", superior <= 1));
        report.Add(new Figure(
            "forced writes at the subordinate", subordinate, "an action", null, null, "2 or fewer", subordinate <= 2));
        report.Add(new Figure("APDUs between the nodes", messages, "an action", "BEGIN, its confirm, PREPARE, "
            + "READY, COMMIT, its confirm", null, "6", messages <= 6));
        report.Add(new Figure("octets between the nodes", octets, "an action", null, null, null, true));
    }

    private static async Task RunAsync(CcrClient client, int actions, CancellationToken cancellation)
    {
        for (int i = 0; i < actions; i++)
        {
            AtomicAction action = await client.TransOpenAsync(["tokyo.noop", "osaka.noop"], null, cancellation);
            await action.TransCloseAsync(cancellation: cancellation);
        }
    }

    private static async Task<Counts> CountsAsync(string tokyo, string osaka, CancellationToken cancellation)
    {
        await using OperatorClient a = await OperatorClient.ConnectAsync(new NodeLayout(tokyo), cancellation);
        await using OperatorClient b = await OperatorClient.ConnectAsync(new NodeLayout(osaka), cancellation);
        Status ofA = await a.StatusAsync(cancellation);
        Status ofB = await b.StatusAsync(cancellation);
        return new Counts(
            Of(ofA, "forcedWrites"), Of(ofB, "forcedWrites"), Of(ofA, "messagesSent") + Of(ofB, "messagesSent"),
            Of(ofA, "octetsToPeers") + Of(ofB, "octetsToPeers"));
    }

    private static long Of(Status status, string name) =>
        status.Counters.FirstOrDefault(c => c.Name == name)?.Value ?? 0;

    private static async Task<(long Count, double MedianNs)> LoadAsync(string part, string where, int clients)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        using ChildProcess load = await ChildProcess.StartAsync(
            part, where, clients.ToString(culture), Seconds.ToString(culture));
        return await load.MeasuredAsync();
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private sealed record Counts(long SuperiorForces, long SubordinateForces, long Messages, long Octets);
}
