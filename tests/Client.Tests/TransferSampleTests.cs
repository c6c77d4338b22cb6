using Ccr.Resources.Files;
using Ccr.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ccr.Client.Tests;

/// <summary>The sample Client as a user runs it, with a manager and a file Server on each of two nodes.</summary>
public sealed class TransferSampleTests : IAsyncLifetime
{
    private static readonly (string Server, string Node)[] Places =
        [("tokyo.files", "tokyo"), ("osaka.files", "osaka")];

    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<FilesHostedService> _files = [];
    private ManagerFixture _tokyo = null!;
    private ManagerFixture _osaka = null!;

    public async Task InitializeAsync()
    {
        _osaka = await ManagerFixture.StartAsync("osaka");
        _tokyo = await ManagerFixture.StartAsync("tokyo", options => options.Peers["osaka"] = _osaka.Address);
        foreach (ManagerFixture manager in (ManagerFixture[])[_tokyo, _osaka])
        {
            manager.Layout.Prepare();
            FileServerOptions options = new() { Node = manager.Node, Data = manager.Folder };
            FilesHostedService files = new(
                options, TimeProvider.System, new FakeLifetime(), NullLogger<FilesHostedService>.Instance);
            await files.StartAsync(CancellationToken.None);
            await files.Registered.WaitAsync(FakeManager.Patience);
            _files.Add(files);
            _running.Add(await manager.LocationAsync(Places));
            Directory.CreateDirectory(Path.Combine(manager.Layout.FilesDirectory, "accounts"));
        }

        await File.WriteAllTextAsync(Account(_tokyo, "a07"), "100\n");
        await File.WriteAllTextAsync(Account(_osaka, "a03"), "100\n");
    }

    public async Task DisposeAsync()
    {
        foreach (FilesHostedService files in _files)
        {
            await files.StopAsync(CancellationToken.None);
        }

        foreach (IAsyncDisposable running in _running)
        {
            await running.DisposeAsync();
        }

        await _tokyo.DisposeAsync();
        await _osaka.DisposeAsync();
    }

    [Fact]
    public async Task Money_moves_between_two_nodes_or_not_at_all()
    {
        Assert.Equal((0, "committed, tried again 0 times"),
            await RunAsync("30", "tokyo.files:accounts/a07", "osaka.files:accounts/a03"));
        Assert.Equal(("70\n", "130\n"), await BalancesAsync());
        Assert.Equal((1, "rolled back: not enough money in accounts/a07: 70, tried again 0 times"),
            await RunAsync("71", "tokyo.files:accounts/a07", "osaka.files:accounts/a03"));
        Assert.Equal((1, "rolled back: there is no account accounts/a99, tried again 0 times"),
            await RunAsync("5", "tokyo.files:accounts/a07", "osaka.files:accounts/a99"));
        Assert.Equal(("70\n", "130\n"), await BalancesAsync());
    }

    [Fact]
    public async Task Wrong_arguments_and_a_node_that_is_not_there_have_exit_codes_of_their_own()
    {
        using (SampleProcess usage = new("transfer", _tokyo.Folder, "much", "a", "b"))
        {
            Assert.Equal(2, await usage.ExitAsync());
        }

        using SampleProcess nobody = new("transfer", Path.Combine(_tokyo.Folder, "none"), "1", "a:b", "c:d");
        Assert.Equal(3, await nobody.ExitAsync());
    }

    private static string Account(ManagerFixture node, string name) =>
        Path.Combine(node.Layout.FilesDirectory, "accounts", name);

    private async Task<(int Code, string Line)> RunAsync(params string[] arguments)
    {
        using SampleProcess transfer = new("transfer", [_tokyo.Folder, .. arguments]);
        string line = await transfer.LineAsync();
        return (await transfer.ExitAsync(), line);
    }

    private async Task<(string, string)> BalancesAsync() => (
        await File.ReadAllTextAsync(Account(_tokyo, "a07")), await File.ReadAllTextAsync(Account(_osaka, "a03")));
}
