using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Xunit.Abstractions;

namespace Ccr.DatabaseAttack;

/// <summary>Faults that are no kills: a stopped application, a closed database, an administrator.</summary>
public sealed class FaultTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Stock = "tokyo.stock";
    private TwoDatabases _two = null!;

    public async Task InitializeAsync() => _two = await TwoDatabases.StartNewAsync();

    public async Task DisposeAsync() => await _two.DisposeAsync();

    /// <summary>SEM-9.</summary>
    [Theory]
    [InlineData("prepare1-sent", 1)]
    [InlineData("prepare2-sent", 2)]
    [InlineData("prepared", 3)]
    [Trait("Category", "Slow")]
    public async Task An_application_that_is_stopped_past_its_limit_leaves_nothing_and_is_told(string step, int row)
    {
        await _two.RunToAsync(row, step, limitMs: 1_500);
        AttackedNode.Stop(_two.Application.Id, stop: true);
        await Until.TrueAsync(
            async () => await _two.Node.ActionsAsync() is { } actions && actions.Any(IsGivenUp),
            "the manager gives the action up");
        await Until.TrueAsync(
            async () => (await Task.WhenAll(_two.Parties.Select(p => p.PreparedAsync()))).Sum() == 0,
            "what is prepared is rolled back while its owner stands still");
        output.WriteLine($"{step}: nothing is prepared any more while the application is stopped");
        AttackedNode.Stop(_two.Application.Id, stop: false);
        _two.Application.Go(row);
        string told = await _two.Application.SaysAsync($"told {row}");
        await _two.QuietAsync();
        Assert.StartsWith($"told {row} rolledback", told, StringComparison.Ordinal);
        Assert.Contains("was not closed within", told, StringComparison.Ordinal);
        Assert.Equal("0 0", await _two.ValuesAsync(row));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task What_cannot_be_committed_at_one_database_is_committed_after_three_scans_and_a_restart()
    {
        await _two.RunToAsync(1, "decided");
        PostgreSqlCluster stock = _two.Parties[1].Cluster;
        await LockOutAsync(stock, yes: true);
        _two.Application.Go(1);
        Assert.StartsWith(
            "told 1 committed", await _two.Application.SaysAsync("told 1"), StringComparison.Ordinal);
        Assert.Equal(1, await _two.Parties[0].ValueAsync(1));
        await _two.Application.KillAsync();
        for (int scan = 0; scan < 3; scan++)
        {
            string? said = await _two.Node.AskAsync(m => m.ScanDatabasesAsync(CancellationToken.None));
            Assert.Contains("tokyo.stock: not scanned", said, StringComparison.Ordinal);
        }

        await _two.Node.KillManagerAsync();
        _two.Node.StartManager();
        await _two.Node.ReadyAsync(2);
        Assert.Contains(await _two.Node.ActionsAsync() ?? [], a => a.State != "Ended");
        await LockOutAsync(stock, yes: false);
        await _two.QuietAsync();
        Assert.Equal("1 1", await _two.ValuesAsync(1));
        Assert.All(await _two.Node.ActionsAsync() ?? [], a => Assert.Empty(a.Damages));
    }

    /// <summary>SEM-4.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task An_administrators_rollback_between_the_phases_is_damage_for_the_Client_and_in_the_list()
    {
        await _two.RunToAsync(1, "decided");
        string name = await _two.PreparedNameAsync(1);
        await _two.Parties[1].Cluster.ExecuteAsync($"ROLLBACK PREPARED '{name}'");
        _two.Application.Go(1);
        string told = await _two.Application.SaysAsync("told 1");
        Assert.StartsWith("told 1 committed Mix tokyo.stock:", told, StringComparison.Ordinal);
        await _two.QuietAsync();
        Assert.Equal("1 0", await _two.ValuesAsync(1));
        await DamagedAsync();

        // It stays, whoever is started again, until an operator forgets it.
        await _two.Application.KillAsync();
        await _two.Node.KillManagerAsync();
        _two.Node.StartManager();
        await _two.Node.ReadyAsync(2);
        ActionStatus damaged = await DamagedAsync();
        await _two.Node.AskAsync(m => m.ForgetAsync(damaged.Action, CancellationToken.None));
        await Until.TrueAsync(
            async () => (await _two.Node.ActionsAsync())?.All(a => a.Damages.Count == 0) == true, "it is forgotten");
    }

    private static bool IsGivenUp(ActionStatus action) => action.State == "RollingBack";

    private static async Task LockOutAsync(PostgreSqlCluster cluster, bool yes)
    {
        // template1 is another database of the same cluster: from there the door is shut, and opened again.
        string allowed = yes ? "false" : "true";
        await cluster.ExecuteAsync($"ALTER DATABASE postgres ALLOW_CONNECTIONS {allowed}", "template1");
        await cluster.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'", "template1");
    }

    private async Task<ActionStatus> DamagedAsync()
    {
        ActionStatus? damaged = null;
        await Until.TrueAsync(
            async () => (damaged = (await _two.Node.ActionsAsync())?.SingleOrDefault(a => a.Damages.Count > 0))
                is not null,
            "the damage is listed");
        Damage damage = Assert.Single(damaged!.Damages);
        Assert.Equal((DamageKind.Mix, DamageTaken.RolledBack), (damage.Kind, damage.Taken));
        Assert.Contains(Stock, damage.Text, StringComparison.Ordinal);
        return damaged;
    }
}
