using System.Diagnostics;
using Xunit.Abstractions;

namespace Ccr.Embedded.Tests;

/// <summary>Four processes on one root, any of them killed: the neighbours leave nothing behind (SEM-17).</summary>
[Trait("Category", "Slow")]
public sealed class FourWorkersTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int ClientsEach = 8;
    private static readonly TimeSpan FinishedWithin = TimeSpan.FromSeconds(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-w").FullName;
    private readonly List<Worker> _workers = [];

    private string Root => Path.Combine(_folder, "root");

    private string Databases => Path.Combine(_folder, "databases");

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (Worker worker in _workers)
        {
            await worker.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task AnyOfThemIsKilledUntilOneIsLeft()
    {
        string[] points = ["after-force:log-commit@40", "after-send:prepare@45", "after-send:commit@51"];
        Worker[] four =
        [
            await StartAsync(2), await StartAsync(2), await StartAsync(2), await StartAsync(2),
        ];
        Assert.Equal(["shop-1", "shop-2", "shop-3", "shop-4"], four.Select(one => one.Node));
        foreach (string point in points)
        {
            // It kills itself at a point where what it decided, or has to roll back, stands in the databases.
            Worker dead = await StartAsync(ClientsEach, point);
            await dead.Ended.WaitAsync(TimeSpan.FromSeconds(30));
            await NothingIsLeftOfAsync(point, dead);
        }

        await WorkAsync(four);
        Random.Shared.Shuffle(four);
        for (int i = 0; i < 3; i++)
        {
            await four[i].KillAsync();
            await NothingIsLeftOfAsync($"{four[i].Node} killed, {3 - i} left", four[i]);
        }

        await SettledAsync(4);
        await four[3].StopAsync();
        AllOrNothing();
    }

    [Fact]
    public async Task TwoAreKilledAtOnceWhileAllWork()
    {
        Worker[] four =
        [
            await StartAsync(ClientsEach), await StartAsync(ClientsEach), await StartAsync(ClientsEach),
            await StartAsync(ClientsEach),
        ];
        await WorkAsync(four);
        await Task.WhenAll(four[1].KillAsync(), four[2].KillAsync());
        await NothingIsLeftOfAsync("two at once", four[1], four[2]);
        await Task.WhenAll(four[0].StopAsync(), four[3].StopAsync());
        Assert.Empty(Left(four));
        AllOrNothing();
    }

    [Fact]
    public async Task TheAdopterIsKilledWhileItAdopts()
    {
        Worker dead = await StartAsync(ClientsEach, "after-force:log-commit@60");
        await dead.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.NotEmpty(Left(dead));

        // They have no actions of their own: the first order that one sends is for the adopted log.
        int killed = 0;
        while (killed < 3 && Left(dead).Length > 0)
        {
            Worker adopter = await StartAsync(0, "after-send:commit,after-send:rollback", behind: dead);
            await adopter.Ended.WaitAsync(TimeSpan.FromSeconds(30));
            killed++;
        }

        Assert.NotEqual(0, killed);
        await StartAsync(0, behind: dead);
        await NothingIsLeftOfAsync($"{killed} adopters killed", dead);
        AllOrNothing();
    }

    [Fact]
    public async Task AllAreKilledAndStartedAgain()
    {
        Worker[] four =
        [
            await StartAsync(ClientsEach), await StartAsync(ClientsEach), await StartAsync(ClientsEach),
            await StartAsync(ClientsEach),
        ];
        await WorkAsync(four);
        await Task.WhenAll(four.Select(one => one.KillAsync()));
        Worker[] again = await Task.WhenAll(StartAsync(0), StartAsync(0));
        Assert.Equal(["shop-1", "shop-2"], again.Select(one => one.Node).Order());
        await NothingIsLeftOfAsync("two of four started again", four);
        AllOrNothing();
    }

    /// <summary>Starts one; with <paramref name="behind"/>, it must not get the dead one's slot itself.</summary>
    private async Task<Worker> StartAsync(int clients, string? failpoint = null, Worker? behind = null)
    {
        FileStream? claim = behind is null ? null : new FileStream(
            Path.Combine(Root, behind.Node, "manager.lock"), FileMode.Open, FileAccess.Write, FileShare.None);
        try
        {
            Worker worker = await Worker.StartAsync(Root, Databases, clients, failpoint);
            _workers.Add(worker);
            return worker;
        }
        finally
        {
            claim?.Dispose();
        }
    }

    private static async Task WorkAsync(Worker[] workers) =>
        await HoldsAsync(
            () => Array.TrueForAll(workers, one => one.Committed.Count >= 30), TimeSpan.FromSeconds(60),
            () => "They work: "
                + string.Join(" ", workers.Select(one => $"{one.Node} {one.Committed.Count} {one.Errors}")));

    private async Task NothingIsLeftOfAsync(string what, params Worker[] dead)
    {
        int begun = Left(dead).Length;
        long killed = Stopwatch.GetTimestamp();
        await HoldsAsync(() => Left(dead).Length == 0, FinishedWithin, () =>
            $"{what}, left: {string.Join(" ", Left(dead))}\n" + string.Join("\n", _workers.Select(one => one.Errors)));
        output.WriteLine(
            $"{what}: {begun} prepared branches finished in {Stopwatch.GetElapsedTime(killed).TotalSeconds:f1} s");
    }

    /// <summary>Waits until the logs of so many slots are given up and marked.</summary>
    private async Task SettledAsync(int slots) => await HoldsAsync(
        () => Directory.GetFiles(Root, "settled", SearchOption.AllDirectories).Length >= slots,
        TimeSpan.FromSeconds(30),
        () => $"{slots} slots are settled:\n" + string.Join("\n", _workers.Select(one => one.Errors)));

    private string[] Left(params Worker[] dead) =>
    [
        .. from name in new[] { "east", "west" }
           from worker in dead
           let folder = Path.Combine(Databases, name, "prepared")
           where Directory.Exists(folder)
           from file in Directory.GetFiles(folder, worker.Node + "~*")
           select $"{name}/{Path.GetFileName(file)}",
    ];

    /// <summary>Every action is in both databases or in none, and all that Clients were told about are.</summary>
    private void AllOrNothing()
    {
        HashSet<string> east = Committed("east");
        HashSet<string> west = Committed("west");
        Assert.Empty(east.Except(west));
        Assert.Empty(west.Except(east));
        string[] told = [.. _workers.SelectMany(one => one.Committed).Select(one => one.Replace(':', '~'))];
        Assert.Empty(told.Except(east));
        output.WriteLine($"{east.Count} actions in both databases, {told.Length} told to Clients");
    }

    private HashSet<string> Committed(string name) =>
        [.. Directory.GetFiles(Path.Combine(Databases, name, "committed")).Select(Path.GetFileName).OfType<string>()
            .Where(file => !file.EndsWith(".new", StringComparison.Ordinal))];

    private static async Task HoldsAsync(Func<bool> condition, TimeSpan limit, Func<string> words)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        long since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < limit, words());
            await timer.WaitForNextTickAsync();
        }
    }
}
