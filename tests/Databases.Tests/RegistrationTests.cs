using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases.Tests;

/// <summary>What is checked when a database is registered, and what of it lasts.</summary>
[Collection("Clusters")]
public sealed class RegistrationTests(Clusters clusters) : IAsyncLifetime
{
    private TestNode _node = null!;

    public async Task InitializeAsync() => _node = await TestNode.StartNewAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task ARegistrationLastsAndItsFileIsForItsUserAlone()
    {
        await _node.RegisterAsync("tokyo.orders", clusters.Cluster, "orders");
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_node.Layout.DatabasesFile));
        await _node.StopAsync();
        await _node.StartAsync();
        Assert.StartsWith("tokyo.orders: 0 prepared", (await _node.ScanAsync()).Text, StringComparison.Ordinal);
        await _node.RegisterAsync("tokyo.orders", clusters.Cluster, "orders"); // the same again
    }

    [Fact]
    public async Task ADatabaseThatCannotBeReachedIsRegisteredWithANote()
    {
        Accomplished answer = await _node.AskAsync<Accomplished>(new RegisterDatabase(
            1, "tokyo.gone", "postgresql", "Host=/nowhere;Username=ccr;Database=orders", "", ""));
        Assert.Contains("cannot be reached now", answer.Text, StringComparison.Ordinal);
        Assert.Contains("not scanned", (await _node.ScanAsync()).Text, StringComparison.Ordinal);
        Orphans orphans = await _node.AskAsync<Orphans>(new AskOrphans(1, null));
        Assert.StartsWith("tokyo.gone: ", Assert.Single(orphans.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mysql2", "Host=/x", "", "no kind of database")]
    [InlineData("postgresql", "What=is;this", "", "not understood")]
    [InlineData("postgresql", "Host=/x", "No.Such, Driver", "not among what this program has")]
    public async Task WhatCanNeverWorkIsRefusedWithASentence(
        string kind, string connection, string driver, string expected)
    {
        RequestRefused refused = Assert.IsType<RequestRefused>(await _node.TryAskAsync(
            new RegisterDatabase(1, "tokyo.wrong", kind, connection, driver, "")));
        Assert.Contains(expected, refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADatabaseThatPreparesNothingIsRefused()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync("max_prepared_transactions=0");
        RequestRefused refused = Assert.IsType<RequestRefused>(await _node.TryAskAsync(
            new RegisterDatabase(1, "tokyo.none", "postgresql", cluster.ConnectionString(), "", "")));
        Assert.Contains("max_prepared_transactions is 0", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACopyOfAClustersFilesIsAnotherDatabase()
    {
        // Both are copies of one template: they have one system identifier.
        await using PostgreSqlCluster one = await PostgreSqlCluster.StartNewAsync();
        await using PostgreSqlCluster other = await PostgreSqlCluster.StartNewAsync();
        await _node.RegisterAsync("tokyo.one", one, "postgres");
        await _node.RegisterAsync("tokyo.other", other, "postgres");
    }

    [Fact]
    public async Task ADatabaseThatIsNotThereIsRefused()
    {
        RequestRefused refused = Assert.IsType<RequestRefused>(await _node.TryAskAsync(
            new RegisterDatabase(1, "tokyo.no", "postgresql", clusters.Cluster.ConnectionString("nosuch"), "", "")));
        Assert.Contains("nosuch", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneDatabaseHasOneNameHoweverItIsReached()
    {
        await _node.RegisterAsync("tokyo.orders", clusters.Cluster, "orders");
        await _node.ScanAsync();
        RequestRefused refused = Assert.IsType<RequestRefused>(await _node.TryAskAsync(new RegisterDatabase(
            1, "tokyo.also", "postgresql", clusters.Cluster.TcpConnectionString("orders"), "", "")));
        Assert.Contains("registered as tokyo.orders already", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherDatabaseTakesANameOnlyWhenNothingOfOursIsLeftAtTheOldOne()
    {
        int row = clusters.NewRow();
        await _node.RegisterAsync("tokyo.main", clusters.Cluster, "orders");
        await using (Owner owner = await Owner.ConnectAsync(_node))
        {
            XaName name = owner.Name(owner.NewAction(), 1);
            await using Work work = await Work.BeginAsync(
                clusters.Cluster.ConnectionString("orders"), "tokyo.main", name.ToGid(), row);
            await work.PrepareAsync();
            RequestRefused refused = Assert.IsType<RequestRefused>(await _node.TryAskAsync(new RegisterDatabase(
                1, "tokyo.main", "postgresql", clusters.Cluster.ConnectionString("stock"), "", "")));
            Assert.Contains("1 branches of tokyo are prepared there", refused.Refusal.Text, StringComparison.Ordinal);
            await owner.DieAsync();
            await Until.TrueAsync(
                async () =>
                {
                    await _node.ScanAsync();
                    return (await _node.AskAsync<Orphans>(new AskOrphans(1, "tokyo.main"))).Items.Count == 0;
                },
                "it is rolled back");
        }

        await _node.RegisterAsync("tokyo.main", clusters.Cluster, "stock");
        Assert.Empty((await _node.AskAsync<Orphans>(new AskOrphans(1, null))).Notes);
    }
}
