using System.Diagnostics;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.DatabaseAttack;

/// <summary>
/// An application with its manager embedded dies, and a neighbour adopts its log (SEM-17), with real databases, one of
/// which is down: the log is given up only when that one is finished too, and who asks meanwhile is told the truth.
/// </summary>
[Trait("Category", "Slow")]
public sealed class AdoptionTests : IAsyncLifetime
{
    private const int Decided = 1;
    private const int Undecided = 2;
    private static readonly TimeSpan PastQuiet = TimeSpan.FromSeconds(3); // ten times what the neighbour waits for

    private readonly string _root = Directory.CreateTempSubdirectory("ccr-e").FullName;
    private PostgreSqlParty _orders = null!;
    private PostgreSqlParty _stock = null!;
    private AttackedApplication _dies = null!;
    private AttackedApplication _neighbour = null!;

    private NodeLayout Slot => new(Path.Combine(_root, "shop-1"));

    private bool IsSettled => File.Exists(Path.Combine(Slot.Root, "settled"));

    public async Task InitializeAsync()
    {
        _orders = await PostgreSqlParty.StartNewAsync("shop.orders", 10);
        _stock = await PostgreSqlParty.StartNewAsync("shop.stock", 10);
        _dies = await StartAsync();
        _neighbour = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        _dies.Dispose();
        _neighbour.Dispose();
        await _orders.DisposeAsync();
        await _stock.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task An_adopted_log_is_not_settled_while_a_database_is_down_and_answers_truly()
    {
        AtomicActionId decided = await RunToAsync(Decided, "decided", Outcome.Committed);
        AtomicActionId undecided = await RunToAsync(Undecided, "prepared", Outcome.Active);
        Assert.Equal((2, 2), (await _orders.PreparedAsync(), await _stock.PreparedAsync()));
        await _stock.KillAsync();
        await _dies.KillAsync();

        await Until.TrueAsync(async () => await _orders.PreparedAsync() == 0, "what can be finished is finished");
        Assert.Equal((1, 0), (await _orders.ValueAsync(Decided), await _orders.ValueAsync(Undecided)));
        await using (CcrClient client = await CcrClient.ConnectAsync(Slot.ManagerSocket))
        {
            Stopwatch watch = Stopwatch.StartNew();
            await Until.TrueAsync(
                async () =>
                {
                    Assert.False(IsSettled, "A database that was not scanned may hold anything.");
                    Assert.Equal(Outcome.Committed, (await client.AskOutcomeAsync(decided)).Outcome);
                    Assert.NotEqual(Outcome.Committed, await OutcomeAsync(client, undecided));
                    return watch.Elapsed > PastQuiet;
                },
                "it stays adopted");
        }

        await _stock.StartAsync();
        await Until.TrueAsync(async () => await _stock.PreparedAsync() == 0, "the rest is finished");
        Assert.Equal((1, 0), (await _stock.ValueAsync(Decided), await _stock.ValueAsync(Undecided)));
        await Until.TrueAsync(() => IsSettled, "the log is given up");
        await _orders.TouchAsync(Decided);
        await _stock.TouchAsync(Undecided); // nobody holds a lock
    }

    /// <summary>An outcome that is not known any more was rolled back: nobody keeps those.</summary>
    private static async Task<Outcome> OutcomeAsync(CcrClient client, AtomicActionId action)
    {
        try
        {
            return (await client.AskOutcomeAsync(action)).Outcome;
        }
        catch (CcrRefusedException e) when (e.Refusal.Code == RefusalCode.UnknownAction)
        {
            return Outcome.RolledBack;
        }
    }

    private async Task<AttackedApplication> StartAsync()
    {
        AttackedApplication one = AttackedApplication.Start($"embedded:{_root}", [_orders.Argument, _stock.Argument]);
        await one.ReadyAsync();
        return one;
    }

    /// <summary>Runs an action to a step, and gives its name, as its manager shows it.</summary>
    private async Task<AtomicActionId> RunToAsync(int row, string step, Outcome outcome)
    {
        _dies.Run(row, step);
        await _dies.SaysAsync($"at {step}");
        AtomicActionId? found = null;
        await Until.TrueAsync(
            async () =>
            {
                await using OperatorClient manager = await OperatorClient.ConnectAsync(Slot, CancellationToken.None);
                Actions actions = await manager.ActionsAsync(null, false, 100, CancellationToken.None);
                return (found = actions.Items.FirstOrDefault(a => a.Outcome == outcome)?.Action) is not null;
            },
            $"its manager shows it as {outcome}");
        return found!;
    }
}
