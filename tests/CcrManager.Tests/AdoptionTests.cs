using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>What a dead embedded manager left is finished by a neighbour (SEM-17).</summary>
public sealed class AdoptionTests : IAsyncDisposable
{
    private readonly OneRoot _root = new();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _root.DisposeAsync();

    [Fact]
    public async Task ANeighbourFinishesWhatWasDecidedAndGivesTheLogUp()
    {
        EmbeddedCcrManager dead = await _root.StartAsync();
        EmbeddedCcrManager neighbour = await _root.StartAsync();
        FoundBranch[] found = await OneRoot.DecideAsync(dead);
        string socket = dead.SocketPath;
        await neighbour.Adoption!.LookAsync();
        Assert.Empty(neighbour.Adopted); // it is alive

        await dead.DisposeAsync();
        await neighbour.Adoption.LookAsync();
        Assert.Equal(found[0].Promised with { Epoch = 2 }, Assert.Single(neighbour.Adopted));
        await neighbour.Adoption.LookAsync();
        await StaysAdoptedAsync(neighbour);

        await using var a = await OneRoot.ServerAsync(socket, "a", _ => null, found[0]);
        Commit commit = await a.ExpectAsync<Commit>();
        Assert.Equal((found[0].Action, found[0].Branch), (commit.Action, commit.Branch));
        a.Say(new Done("a", commit.Action, commit.Branch, DoneOutcome.Committed, ""));
        await StaysAdoptedAsync(neighbour);
        await using var b = await OneRoot.ServerAsync(socket, "b", RawPeers.Obedient, found[1]);
        await OneRoot.GivenUpAsync(neighbour);

        await neighbour.Adoption.LookAsync();
        Assert.Empty(neighbour.Adopted); // nothing is left, so nobody takes it up again
        EmbeddedCcrManager again = await _root.StartAsync();
        Assert.Equal(found[0].Promised with { Epoch = 3 }, again.Identity);
    }

    [Fact]
    public async Task OfManyNeighboursOneAdopts()
    {
        EmbeddedCcrManager dead = await _root.StartAsync();
        EmbeddedCcrManager[] neighbours =
            [await _root.StartAsync(), await _root.StartAsync(), await _root.StartAsync()];
        await OneRoot.DecideAsync(dead);
        await dead.DisposeAsync();
        await Task.WhenAll(neighbours.Select(one => Task.Run(one.Adoption!.LookAsync)));
        Assert.Equal("shop-1", Assert.Single(neighbours.SelectMany(one => one.Adopted)).Node.Value);

        EmbeddedCcrManager starting = await _root.StartAsync();
        Assert.Equal("shop-5", starting.Identity!.Node.Value); // a slot that is adopted is not taken back
    }

    [Fact]
    public async Task ADeadOneWithoutRecordsIsAdoptedForItsServersMayHoldPromises()
    {
        EmbeddedCcrManager dead = await _root.StartAsync();
        EmbeddedCcrManager neighbour = await _root.StartAsync(o => o.QuietMs = 400);
        Assert.True(AtomicActionId.TryParse("shop-1:1.77", out AtomicActionId? action));
        Assert.True(BranchId.TryParse("shop-1:i9", out BranchId? branch));
        FoundBranch promised = new(action, branch, dead.Identity!, FoundState.Ready);
        string socket = dead.SocketPath;
        await dead.DisposeAsync();
        await neighbour.Adoption!.LookAsync();
        Assert.Single(neighbour.Adopted);
        await using var server = await OneRoot.ServerAsync(socket, "a", _ => null, promised);
        Assert.Equal(branch, (await server.ExpectAsync<RollbackBranch>()).Branch);
        await OneRoot.GivenUpAsync(neighbour);
    }

    [Fact]
    public async Task ACleanStopIsAdoptedOnlyWhereSomethingIsInDoubt()
    {
        EmbeddedCcrManager inDoubt = await _root.StartAsync();
        EmbeddedCcrManager quiet = await _root.StartAsync();
        EmbeddedCcrManager neighbour = await _root.StartAsync();
        await OneRoot.DecideAsync(inDoubt);
        await inDoubt.StopAsync(CancellationToken.None);
        await quiet.StopAsync(CancellationToken.None);
        await neighbour.Adoption!.LookAsync();
        Assert.Equal("shop-1", Assert.Single(neighbour.Adopted).Node.Value);
    }

    [Fact]
    public async Task WhatIsUnsettledForACompanionKeepsTheLogAdopted()
    {
        Companion companion = new();
        _root.Companions.Add(companion);
        EmbeddedCcrManager dead = await _root.StartAsync();
        EmbeddedCcrManager neighbour = await _root.StartAsync();
        companion.IsSettled = false;
        await dead.StopAsync(CancellationToken.None);
        await neighbour.Adoption!.LookAsync();
        Assert.Single(neighbour.Adopted);
        await StaysAdoptedAsync(neighbour);
        companion.IsSettled = true;
        await OneRoot.GivenUpAsync(neighbour);
        Assert.Equal(
            ["shop-1 own", "shop-2 own", "ends", "shop-1 adopted", "ends"], companion.Events);
    }

    [Fact]
    public async Task AnAdopterThatStopsLeavesTheLogToTheNext()
    {
        EmbeddedCcrManager dead = await _root.StartAsync();
        EmbeddedCcrManager first = await _root.StartAsync();
        EmbeddedCcrManager second = await _root.StartAsync();
        await OneRoot.DecideAsync(dead);
        await dead.DisposeAsync();
        await first.Adoption!.LookAsync();
        Assert.Single(first.Adopted);
        await first.StopAsync(CancellationToken.None);
        await second.Adoption!.LookAsync();
        Assert.Equal(3u, Assert.Single(second.Adopted).Epoch);
    }

    private static async Task StaysAdoptedAsync(EmbeddedCcrManager neighbour)
    {
        long since = Environment.TickCount64;
        await OneRoot.UntilAsync(neighbour, () => Environment.TickCount64 - since > 200, "time goes on");
        Assert.Single(neighbour.Adopted);
    }

    private sealed class Companion : IManagerCompanionFactory, IManagerCompanion
    {
        public List<string> Events { get; } = [];

        public bool IsSettled { get; set; } = true;

        public IManagerCompanion Create() => this;

        public Task StartAsync(ManagerSurroundings surroundings, CancellationToken cancellation)
        {
            Events.Add($"{surroundings.Identity.Node} {(surroundings.IsAdopted ? "adopted" : "own")}");
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            Events.Add("ends");
            return ValueTask.CompletedTask;
        }
    }
}
