using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>
/// Application branches beside Servers and subordinate nodes, and those of a service: a Server of a subordinate node
/// that holds database connections itself (SEM-9, SEM-11).
/// </summary>
public sealed class ApplicationBelowTests
{
    private readonly Cluster _cluster = new(null, "tokyo", "osaka");
    private readonly FakeDatabase _orders;
    private readonly FakeDatabase _stock;
    private readonly FakeOwner _owner;
    private readonly List<(AtomicActionId Action, ApplicationBranch Branch)> _enlisted = [];
    private bool? _vote = true;

    public ApplicationBelowTests()
    {
        _orders = Tokyo.AddDatabase("orders");
        _stock = Osaka.AddDatabase("stock");
        _owner = new FakeOwner(_cluster, Tokyo);
        Service.Owns.Add(_stock);
        Service.Vote = Vote;
        _cluster.Run();
    }

    private Node Tokyo => _cluster["tokyo"];

    private Node Osaka => _cluster["osaka"];

    private FakeServer Service => Osaka.Servers[0];

    [Theory]
    [InlineData(true)]
    [InlineData(null)]
    public void AServiceOfASubordinateNodeCommitsItsOwnDatabase(bool? vote)
    {
        _vote = vote;
        Work();
        _owner.Close();
        _cluster.Run();
        LogReady promise = Assert.IsType<LogReady>(Osaka.Durable[0]);
        Assert.Contains(promise.Servers, s => s is { Server: "osaka.stock", Note: "pid=1;xid=2" });
        _owner.End(0, commit: true);
        _cluster.Run();
        Assert.Equal("osaka.stock", Assert.Single(Service.Orders.OfType<Commit>(), o => o.Note is not null).Server);
        Assert.Empty(_stock.Orders);
        AssertAgreed(committed: true);
    }

    [Fact]
    public void AServiceThatPreparesNothingHasNoChange()
    {
        Service.Vote = _ => null;
        Work();
        _owner.Close();
        _cluster.Run();
        _owner.End(0, commit: true);
        _cluster.Run();
        Assert.Empty(Osaka.Durable);
        AssertAgreed(committed: true);
    }

    [Fact]
    public void AServiceThatRefusesRollsItsDatabaseBack()
    {
        _vote = false;
        Work();
        _owner.Close();
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        _owner.End(0, commit: false);
        _cluster.Run();
        AssertAgreed(committed: false);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void AServiceThatDiesLeavesItsBranchToTheDatabasesServer(int when)
    {
        bool dies = true;
        _cluster.CrashBefore = (node, output) =>
        {
            bool now = dies && (when, output) switch
            {
                (0, SendToSession { Message: Prepare }) => true,
                (1, Append { Content: LogReady }) => true,
                (2, SendOnLink) when Osaka.Durable.Count > 0 && node == Osaka => true,
                (3, SendToSession { Message: Commit }) when node == Osaka => true,
                _ => false,
            };
            if (now)
            {
                dies = false;
                Service.Crash();
            }

            return false;
        };
        Work();
        _owner.Close();
        _cluster.Run();
        if (when == 4)
        {
            Service.Silent = order => order is Commit;
        }

        bool committed = _owner.Has<DoneCommit>();
        _owner.End(0, commit: committed);
        Service.Start();
        Rest();
        Assert.Equal(when >= 1, committed);
        AssertAgreed(committed);
    }

    [Fact]
    public void AManagerThatIsKilledBeforeAnyOutputKeepsBothNodesInAgreement()
    {
        foreach (string node in (string[])["tokyo", "osaka"])
        {
            for (int output = 0; output < 45; output++)
            {
                new ApplicationBelowTests().KilledBefore(node, output);
            }
        }
    }

    [Fact]
    public void ADatabaseBesideAFileServerAndASubordinateNode()
    {
        FakeServer files = Tokyo.Servers[0];
        _owner.Send(new TransOpenSub(9, _owner.Action, null, files.Name));
        Work();
        _owner.Close();
        _cluster.Run();
        Assert.Equal(1, Tokyo.Forces);
        LogCommit decision = Assert.IsType<LogCommit>(Assert.Single(Tokyo.Durable));
        Assert.Equal([null, "pid=4711;xid=815"], decision.Servers.Select(s => s.Note));
        _owner.End(0, commit: true);
        _cluster.Run();
        Assert.True(Assert.Single(files.Ends).Committed);
        AssertAgreed(committed: true);
    }

    [Fact]
    public void TwoWhoAskForAServerAtOnceShareItsBranch()
    {
        foreach (FakeServer server in (FakeServer[])[Tokyo.Servers[0], Service])
        {
            var client = new FakeClient(Tokyo);
            client.Open();
            _cluster.Run();
            client.Send(new TransOpenSub(8, client.Action, null, server.Name));
            client.Send(new TransOpenSub(9, client.Action, null, server.Name));
            _cluster.Run();
            BegunAt?[] begun = [.. client.Received.OfType<TransOpenSubAck>().Select(a => a.Place.Begun)];
            Assert.Equal(2, begun.Length);
            Assert.NotNull(begun[0]);
            Assert.Equal(begun[0]!.Branch, begun[1]!.Branch);
            Assert.Single(server.Orders.OfType<Begin>());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnOwnerThatDiesWhileTheOthersVoteDoesNotKeepThemFromDeciding(bool before)
    {
        Service.Silent = order => order is Prepare;
        Work();
        if (before)
        {
            _owner.Leave();
            _owner.Close();
        }
        else
        {
            _owner.Close();
            _cluster.Run();
            _owner.Leave();
        }

        _cluster.Run();
        if (!before)
        {
            Prepare order = Service.Orders.OfType<Prepare>().Single();
            Vote(order.Action);
            Osaka.FromSession(Service.Session, new NoChange(Service.Name, order.Action, order.Branch));
        }

        Rest();
        Assert.Equal(before ? 0 : 1, _orders.Count<Commit>());
        AssertAgreed(committed: !before);
    }

    [Fact]
    public void DamageAtADatabaseBelowIsReportedAbove()
    {
        Service.Silent = order => order.Server == _stock.Name;
        Work();
        _owner.Close();
        _cluster.Run();
        _owner.End(0, commit: true);
        (AtomicActionId action, ApplicationBranch branch) = Assert.Single(_enlisted);
        _stock.End(action, branch.Branch, commit: false);
        Osaka.FromSession(Service.Session,
            new Done(_stock.Name, action, branch.Branch, DoneOutcome.RolledBack, "it was rolled back by hand"));
        _cluster.Run();
        Damage damage = Assert.Single(Assert.Single(Tokyo.Durable.OfType<LogDamage>()).Damages);
        Assert.Equal((Osaka.Name, branch.Branch), (damage.Node, damage.Branch));
    }

    [Fact]
    public void BranchesOfADiamondHaveNamesOfTheirOwn()
    {
        // Two superiors share osaka; the same session enlists the same identifier in both branches of it.
        var cluster = new Cluster(null, "tokyo", "nagoya", "osaka");
        FakeServer second = cluster["osaka"].AddServer("ledger");
        FakeServer first = cluster["osaka"].Servers[0];
        FakeDatabase stock = cluster["osaka"].AddDatabase("stock");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("osaka.files", "nagoya.files");
        cluster.Run();
        CommitTests.Extend(cluster, "nagoya", second.Name);
        Assert.Equal(2, cluster["osaka"].Lane.LiveCount);
        var same = new ApplicationBranch(
            stock.Name, new BranchId(AeTitle.Of(cluster["osaka"].Name), Suffix.OfOctets("s"u8)), "");
        foreach (FakeServer service in (FakeServer[])[first, second])
        {
            BranchId own = service.Orders.OfType<Begin>().Single().Branch;
            service.Owns.Add(stock);
            cluster["osaka"].FromSession(service.Session, new Enlist(client.Action, own, 0, [same]));
        }

        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.True(client.Has<RolledBack>());
    }

    [Fact]
    public void BothSidesOfADiamondCommitTheirOwnBranchesAtOneDatabase()
    {
        var cluster = new Cluster(null, "tokyo", "nagoya", "osaka");
        FakeServer second = cluster["osaka"].AddServer("ledger");
        FakeServer first = cluster["osaka"].Servers[0];
        FakeDatabase stock = cluster["osaka"].AddDatabase("stock");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("osaka.files", "nagoya.files");
        cluster.Run();
        CommitTests.Extend(cluster, "nagoya", second.Name);
        byte number = 0;
        foreach (FakeServer service in (FakeServer[])[first, second])
        {
            BranchId own = service.Orders.OfType<Begin>().Single().Branch;
            var branch = new ApplicationBranch(
                stock.Name, new BranchId(AeTitle.Of(cluster["osaka"].Name), Suffix.OfOctets([1, number++])), "");
            service.Owns.Add(stock);
            cluster["osaka"].FromSession(service.Session, new Enlist(client.Action, own, 0, [branch]));
            service.Vote = action =>
            {
                stock.Prepare(action, branch.Branch);
                cluster["osaka"].FromSession(service.Session, new Prepared(action, own, [branch]));
                return null;
            };
        }

        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        Assert.Equal([true, true], stock.Ends.Select(e => e.Committed));
        Assert.Empty(stock.Orders);
        CommitTests.AssertIdle(cluster);
    }

    [Fact]
    public void WhatIsInDoubtAtASubordinateIsLeftAloneByScans()
    {
        _cluster.Drop = (from, message) => from == Tokyo && message is Data { Apdu: Protocol.Apdus.CommitRi };
        Work();
        _owner.Close();
        _cluster.Run();
        Service.Crash();
        _stock.Scan();
        Osaka.Crash();
        Osaka.Start();
        _stock.Scan();
        _cluster.Run();
        Assert.Empty(_stock.Orders.OfType<RollbackBranch>());
        _cluster.Drop = (_, _) => false;
        _owner.End(0, commit: true);
        Service.Start();
        Rest();
        AssertAgreed(committed: true);
    }

    // The client's own branch, and the service's.
    private void Work()
    {
        _owner.PrepareAt(_orders);
        _owner.Send(new TransOpenSub(10, _owner.Action, null, Service.Name));
        _cluster.Run();
        if (Service.Orders.OfType<Begin>().LastOrDefault() is { } begun && _enlisted.Count == 0 && Osaka.IsUp)
        {
            var branch = new ApplicationBranch(
                _stock.Name, new BranchId(AeTitle.Of(Osaka.Name), Suffix.OfOctets("s"u8)), "pid=1");
            _enlisted.Add((begun.Action, branch));
            Osaka.FromSession(Service.Session, new Enlist(begun.Action, begun.Branch, 0, [branch]));
            _cluster.Run();
        }
    }

    private bool? Vote(AtomicActionId action)
    {
        (_, ApplicationBranch branch) = Assert.Single(_enlisted);
        _stock.Prepare(action, branch.Branch);
        BranchId own = Service.Orders.OfType<Begin>().Last().Branch;
        Osaka.FromSession(Service.Session, new Prepared(action, own, [branch with { Note = "pid=1;xid=2" }]));
        return _vote;
    }

    private void KilledBefore(string name, int output)
    {
        int left = output;
        Node killed = _cluster[name];
        _cluster.CrashBefore = (node, _) => node == killed && left-- == 0;
        Work();
        if (Tokyo.IsUp)
        {
            _owner.Close();
            _cluster.Run();
        }

        bool told = _owner.Has<DoneCommit>();
        bool undone = _owner.Has<RolledBack>();
        if (told || undone)
        {
            _owner.End(0, commit: told);
        }

        _cluster.CrashBefore = (_, _) => false;
        _cluster.Run();
        if (killed.IsUp)
        {
            killed.Crash();
        }

        killed.Start();
        Rest();
        Assert.Empty(_orders.Prepared.Concat(_stock.Prepared));
        bool[] ends = [.. _orders.Ends.Concat(_stock.Ends).Select(e => e.Committed).Distinct()];
        Assert.True(ends.Length <= 1, $"mixed: {name} was killed before output {output}");
        Assert.False(told && ends is [false]);
        Assert.DoesNotContain(Tokyo.Durable.Concat(Osaka.Durable), r => r is LogDamage);
        CommitTests.AssertIdle(_cluster);
    }

    private void Rest()
    {
        for (int i = 0; i < 3; i++)
        {
            _orders.Scan();
            _stock.Scan();
            _cluster.Advance(90_000);
        }
    }

    private void AssertAgreed(bool committed)
    {
        Assert.Empty(_orders.Prepared);
        Assert.Empty(_stock.Prepared);
        Assert.All(_orders.Ends.Concat(_stock.Ends), e => Assert.Equal(committed, e.Committed));
        Assert.All(Service.Ends, e => Assert.Equal(committed, e.Committed));
        Assert.DoesNotContain(Tokyo.Durable.Concat(Osaka.Durable), r => r is LogDamage);
        CommitTests.AssertIdle(_cluster);
    }
}
