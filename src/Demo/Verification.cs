using System.Diagnostics;
using System.Globalization;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Demo;

/// <summary>What the demo promised, checked from outside: files on the disk, and the managers' own lists.</summary>
internal sealed class Verification(Bank bank, Replay replay, Tally tally, IReadOnlyList<NodeProcess> nodes)
{
    private static readonly TimeSpan QuietLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly List<string> _findings = [];

    /// <summary>What does not hold; empty when all is well.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Actions still in doubt, over all nodes.</summary>
    public long InDoubt { get; private set; }

    /// <summary>All money at the end.</summary>
    public long TotalAfter { get; private set; }

    public async Task RunAsync(CancellationToken cancellation)
    {
        await UntilQuietAsync(cancellation).ConfigureAwait(false);
        CheckEnds();
        foreach (Account account in bank.Accounts.Values)
        {
            CheckFile(account);
        }

        Expect(TotalAfter == bank.Total, $"the money is not conserved: {bank.Total} before, {TotalAfter} after");
        Expect(tally.Kills >= 7, $"only {tally.Kills} kills");
    }

    public void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _findings.Add(otherwise);
        }
    }

    /// <summary>
    /// Waits until no node has anything open or in doubt: branches end a little after their Clients know.
    /// </summary>
    private async Task UntilQuietAsync(CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (true)
        {
            List<ActionStatus> open = [];
            foreach (NodeProcess node in nodes)
            {
                Actions? actions = await node.AskAsync(
                    m => m.ActionsAsync(null, false, 10_000, cancellation), cancellation).ConfigureAwait(false);
                open.AddRange((actions?.Items ?? []).Where(a => a.Outcome is Outcome.InDoubt or Outcome.Active));
                Expect(actions is not null, $"the manager of {node.Name} does not answer");
            }

            if (open.Count == 0 || clock.Elapsed > QuietLimit || _findings.Count > 0)
            {
                InDoubt = open.Count(a => a.Outcome == Outcome.InDoubt);
                _findings.AddRange(open.Take(5).Select(a => $"{a.Action} is still open: {a.State}. {a.Note}"));
                return;
            }

            await Task.Delay(Pause, cancellation).ConfigureAwait(false);
        }
    }

    private void CheckEnds()
    {
        for (int i = 0; i < bank.Transfers.Count; i++)
        {
            TransferEnd? end = tally.Ends[i];
            string bound = replay.Refusals[i];
            string found = end is null ? "not run" : end.Committed ? "" : end.Reason;
            Expect(
                found == bound,
                $"transfer {i + 1}: {(bound.Length == 0 ? "was to commit" : $"was to be refused ({bound})")}, but "
                + (found.Length == 0 ? "committed" : found));
        }
    }

    private void CheckFile(Account account)
    {
        NodeProcess node = nodes.Single(n => n.Name == account.Node);
        string path = Path.Combine(node.Layout.FilesDirectory, account.Path);
        try
        {
            // An exclusive flock: refused while the file Server holds one.
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            using StreamReader reader = new(file);
            long balance = long.Parse(reader.ReadToEnd(), CultureInfo.InvariantCulture);
            TotalAfter += balance;
            Expect(
                balance == replay.Balances[account.Name],
                $"account {account.Name} holds {balance}, the replay says {replay.Balances[account.Name]}");
        }
        catch (IOException locked)
        {
            _findings.Add($"account {account.Name} is still locked: {locked.Message}");
        }
    }
}
