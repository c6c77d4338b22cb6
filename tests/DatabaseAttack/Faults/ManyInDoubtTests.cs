using System.Diagnostics;
using System.Globalization;
using Ccr.Databases.Testing;
using Xunit.Abstractions;

namespace Ccr.DatabaseAttack;

/// <summary>10,000 branches in doubt over two databases: how long until the last one is over.</summary>
public sealed class ManyInDoubtTests(ITestOutputHelper output)
{
    private const int Branches = 10_000;
    private const int Actions = Branches / 2;
    private const int Workers = 24;
    private const int LimitMs = 120_000;

    // The owners end nothing of what is decided, for as long as preparing takes: nobody may take it over meanwhile.
    private const int OwnerTimeoutMs = 300_000;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Ten_thousand_branches_in_doubt_are_finished_as_the_log_says()
    {
        await using TwoDatabases two = await TwoDatabases.StartNewAsync(
            Actions, OwnerTimeoutMs, "max_prepared_transactions=12000", "max_wal_size=2GB", "shared_buffers=128MB");
        Stopwatch preparing = Stopwatch.StartNew();
        two.Application.Tell($"hold {Actions} {Workers}");
        await two.Application.SaysAsync("held");
        output.WriteLine(Seconds($"prepared {Branches} branches in {preparing.Elapsed.TotalSeconds:0.0} s"));
        await two.Node.KillManagerAsync();
        await two.Application.KillAsync();
        int[] before = await Task.WhenAll(two.Parties.Select(p => p.PreparedAsync()));
        string ended = await two.Parties[0].Cluster.ScalarAsync(
            "SELECT 'committed ' || count(*) || ' of rows ' || min(id) || ' to ' || max(id) FROM t WHERE v = 1");
        Assert.True(
            before.Sum() == Branches,
            $"Prepared are {string.Join(" + ", before)} while their owner lived; {ended}\n{two.Node.LastWords}");

        await using BranchWatch branches = await BranchWatch.OpenAsync(two.Parties.Select(p => p.Cluster));
        Stopwatch watch = Stopwatch.StartNew();
        two.Node.StartManager();
        double first = await branches.FirstFreeAsync(watch, LimitMs);
        double last = await branches.LastOverAsync(watch, LimitMs);
        output.WriteLine(Seconds(
            $"from start: the first lock is free within {first:0.00} s, the last branch is over within {last:0.00} s"));
        new Evidence.Evidence("databases", "ten thousand in doubt")
            .Count("branches", Branches).Count("first free, s", Math.Round(first, 2))
            .Count("last over, s", Math.Round(last, 2)).Write();

        await two.QuietAsync();
        foreach (PostgreSqlParty party in two.Parties)
        {
            Assert.Equal("0", await party.Cluster.ScalarAsync(
                "SELECT count(*) FROM t WHERE v <> CASE WHEN id % 5 = 0 THEN 0 ELSE 1 END"));
        }
    }

    private static string Seconds(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
