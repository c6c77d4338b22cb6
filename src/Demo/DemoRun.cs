using System.Diagnostics;
using System.Reflection;
using Ccr.Client;
using Ccr.Resources.Files;

namespace Ccr.Demo;

/// <summary>The demo from beginning to end.</summary>
internal static class DemoRun
{
    private const int AtATime = 16;
    private const int Stages = 4;
    private const int RecoveredLeast = 3;
    private const string First = "tokyo";
    private const string Second = "osaka";

    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancellation)
    {
        using Scratch scratch = Scratch.Create();
        try
        {
            return await RunInAsync(scratch, options, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            scratch.Keep = options.Keep;
            throw;
        }
        catch (DemoFailedException failed)
        {
            throw new DemoFailedException(
                $"{failed.Message}\nThe nodes' folders are kept in {scratch.Folder}.", failed);
        }
    }

    private static async Task<int> RunInAsync(
        Scratch scratch, DemoOptions options, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Bank bank = Bank.Read(SamplesFolder());
        Replay replay = Replay.Of(bank);
        using NodeProcess first = new(First, scratch.Folder);
        using NodeProcess second = new(Second, scratch.Folder);
        first.KnowPeer(second);
        second.KnowPeer(first);
        NodeProcess[] nodes = [first, second];
        OpenAccounts(bank, nodes);

        Progress progress = new(options.Json, bank.Transfers.Count);
        progress.Say($"Starting two nodes, {First} and {Second}, of three processes each ...");
        await Task.WhenAll(nodes.Select(n => n.StartAsync(cancellation))).ConfigureAwait(false);

        Tally tally = new(bank.Transfers.Count);
        Gate gate = new(bank.Transfers.Count, Stages);
        Killer killer = new(first, second, tally, gate);
        await using CcrClient client = await CcrClient.ConnectAsync(
            first.Layout.ManagerSocket, new CcrClientOptions { Program = "demo" }, cancellation).ConfigureAwait(false);
        progress.Say($"{bank.Transfers.Count} transfers between {bank.Accounts.Count} accounts, {AtATime} at a time:");
        await using CcrFiles files = new();
        TransferRunner runner = new(client, files, bank, tally, gate);
        await progress.ShowAsync(tally, TogetherAsync(runner, killer, cancellation)).ConfigureAwait(false);

        Verification verification = new(bank, replay, tally, nodes);
        await verification.RunAsync(cancellation).ConfigureAwait(false);
        Recoveries recoveries = new(first, tally, killer.Events);
        await recoveries.FindAsync(cancellation).ConfigureAwait(false);
        verification.Expect(recoveries.Count >= RecoveredLeast, $"only {recoveries.Count} actions were recovered");

        scratch.Keep = options.Keep || verification.Findings.Count > 0;
        Report report = new(
            tally.Ends.Count(e => e is { Committed: true }), tally.Ends.Count(e => e is { Committed: false }),
            tally.Retried, tally.Deadlocks, verification.InDoubt, recoveries.Count, tally.Kills, bank.Total,
            verification.TotalAfter, clock.Elapsed.TotalSeconds);
        return Print(options, bank, report, recoveries, verification, scratch);
    }

    private static async Task TogetherAsync(TransferRunner runner, Killer killer, CancellationToken cancellation)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] both = [runner.RunAsync(AtATime, either.Token), killer.RunAsync(either.Token)];
        Task ended = await Task.WhenAny(both).ConfigureAwait(false);
        if (!ended.IsCompletedSuccessfully)
        {
            await either.CancelAsync().ConfigureAwait(false);
            await ended.ConfigureAwait(false);
        }

        await Task.WhenAll(both).ConfigureAwait(false);
    }

    private static int Print(
        DemoOptions options, Bank bank, Report report, Recoveries recoveries, Verification verification,
            Scratch scratch)
    {
        TextWriter words = options.Json ? Console.Error : Console.Out;
        if (!options.Json && recoveries.Count > 0)
        {
            words.WriteLine($"\nOne of the {recoveries.Count} recovered actions, as the managers recorded it: "
                + recoveries.Chart());
        }

        if (verification.Findings.Count == 0)
        {
            words.WriteLine(report.ToWords(bank.Accounts.Count));
        }

        foreach (string finding in verification.Findings.Take(20))
        {
            words.WriteLine($"NOT AS IT SHOULD BE: {finding}");
        }

        if (scratch.Keep)
        {
            words.WriteLine($"The nodes' folders are kept in {scratch.Folder}.");
        }

        if (options.Json)
        {
            Console.Out.WriteLine(report.ToJson().ToJsonString());
        }

        return verification.Findings.Count == 0 ? 0 : 1;
    }

    private static void OpenAccounts(Bank bank, IReadOnlyList<NodeProcess> nodes)
    {
        foreach (Account account in bank.Accounts.Values)
        {
            NodeProcess node = nodes.Single(n => n.Name == account.Node);
            string path = Path.Combine(node.Layout.FilesDirectory, account.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, AccountFile.ContentOf(account.Balance));
        }
    }

    private static string SamplesFolder() => typeof(DemoRun).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SamplesFolder").Value!;
}
