using System.Globalization;
using Ccr.Databases.Testing;
using Xunit.Abstractions;

namespace Ccr.DatabaseAttack;

/// <summary>
/// Eight Clients over two databases, while the application, the manager and the databases are killed. Each action moves
/// an amount from one database to the other and notes itself in both.
/// </summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Clients = 8;
    private const int Rows = 64;
    private const int KillsDefault = 24;
    private const int IdsOfOne = 1_000_000;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kills_under_load_lose_nothing_and_leave_nothing()
    {
        Random random = new(KillTests.Setting("CCR_DB_SEED", 4));
        int kills = KillTests.Setting("CCR_DB_LOAD_KILLS", KillsDefault);
        await using TwoDatabases two = await TwoDatabases.StartNewAsync(Rows);
        List<string> said = [];
        string[] victims = ["application", "manager", "database", "database"];
        two.Application.Tell($"load 1 {Clients} {Rows}");
        for (int kill = 1; kill <= kills; kill++)
        {
            await CommittedAsync(two, random.Next(3, 30));
            switch (victims[random.Next(victims.Length)])
            {
                case "application":
                    await two.Application.KillAsync();
                    said.AddRange(two.Application.Lines);
                    await two.StartApplicationAsync();
                    two.Application.Tell($"load {kill * IdsOfOne} {Clients} {Rows}");
                    break;
                case "manager":
                    await two.Node.KillManagerAsync();
                    two.Node.StartManager();
                    break;
                default:
                    PostgreSqlParty party = two.Parties[random.Next(2)];
                    await party.KillAsync();
                    await party.StartAsync();
                    break;
            }
        }

        await two.Node.ReadyAsync(2);
        await two.Application.KillAsync();
        said.AddRange(two.Application.Lines);
        await two.QuietAsync();
        await CheckAsync(two, said, kills);
    }

    private async Task CheckAsync(TwoDatabases two, List<string> said, int kills)
    {
        HashSet<int>[] noted = new HashSet<int>[2];
        int sum = 0;
        for (int i = 0; i < 2; i++)
        {
            string ids = await two.Parties[i].Cluster.ScalarAsync("SELECT string_agg(id::text, ',') FROM ops");
            noted[i] = [.. ids.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Id)];
            sum += int.Parse(
                await two.Parties[i].Cluster.ScalarAsync("SELECT sum(v) FROM t"), CultureInfo.InvariantCulture);
        }

        string[][] told =
            [.. said.Where(l => l.StartsWith("told", StringComparison.Ordinal)).Select(l => l.Split(' '))];
        int[] committed = [.. told.Where(t => t[2] == "committed").Select(t => Id(t[1]))];
        int[] rolledBack = [.. told.Where(t => t[2] == "rolledback").Select(t => Id(t[1]))];
        output.WriteLine($"{kills} kills, {said.Count - told.Length} actions, {committed.Length} told committed, "
            + $"{rolledBack.Length} rolled back, {told.Length - committed.Length - rolledBack.Length} unknown; "
            + $"{noted[0].Count} are in both databases");
        foreach (var reason in told.Where(t => t[2] != "committed").GroupBy(t => string.Join(' ', t.Skip(2).Take(9))))
        {
            output.WriteLine($"{reason.Count(),8} {reason.Key}");
        }

        new Evidence.Evidence("databases", "load").Count("kills", kills).Count("told committed", committed.Length)
            .Count("told rolled back", rolledBack.Length).Count("in both databases", noted[0].Count).Write();
        Assert.Equal(noted[0].Order(), noted[1].Order());
        Assert.Equal(0, sum);
        Assert.Empty(committed.Except(noted[0]));
        Assert.Empty(rolledBack.Intersect(noted[0]));
        Assert.True(committed.Length > kills, "Too few actions committed between the kills.");
        Assert.DoesNotContain(said, l => l.Contains(" Mix ", StringComparison.Ordinal));
    }

    private static Task CommittedAsync(TwoDatabases two, int more)
    {
        int Told() => two.Application.Lines.Count(l => l.StartsWith("told", StringComparison.Ordinal)
            && l.Contains(" committed", StringComparison.Ordinal));
        int before = Told();
        return Until.TrueAsync(
            () => Told() >= before + more, $"{more} more actions commit", 60_000);
    }

    private static int Id(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
