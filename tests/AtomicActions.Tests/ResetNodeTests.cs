using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>
/// A node that lost its log and was accepted again under its name (SEM-6): its identifiers begin anew and may be those
/// of actions that others still hold for the lost log.
/// </summary>
public sealed class ResetNodeTests
{
    private const long Retries = 120_000;
    private readonly Cluster _cluster = new(null, "tokyo", "osaka");

    private Node Tokyo => _cluster["tokyo"];

    private FakeServer OsakaFiles => _cluster["osaka"].Servers[0];

    [Fact]
    public void WhatWasPromisedToTheLostLogIsNeitherAskedOfNorEndedByTheNewOne()
    {
        LoseWhileOsakaIsReady();
        _cluster.Advance(Retries);
        Assert.Single(OsakaFiles.Prepared);
        Assert.Empty(OsakaFiles.Ends);
    }

    [Fact]
    public void AnActionOfTheNewLogWithTheNameOfOneInDoubtDoesNotTouchIt()
    {
        AtomicActionId old = LoseWhileOsakaIsReady();
        var client = new FakeClient(Tokyo);
        client.Open("tokyo.files", "osaka.files");
        _cluster.Run();
        Assert.Equal(old, client.Action);
        client.Close();
        _cluster.Advance(Retries);
        Assert.False(client.Has<DoneCommit>());
        Assert.True(client.Has<RolledBack>());
        Assert.Single(OsakaFiles.Prepared);
        Assert.DoesNotContain(OsakaFiles.Ends, end => end.Committed);
    }

    private AtomicActionId LoseWhileOsakaIsReady()
    {
        var client = new FakeClient(Tokyo);
        client.Open("tokyo.files", "osaka.files");
        _cluster.Run();
        Tokyo.Servers[0].Silent = order => order is Prepare;
        client.Close();
        _cluster.Run();
        Assert.Single(OsakaFiles.Prepared);
        Tokyo.Crash();
        Tokyo.LoseLog(4_711);
        Tokyo.Servers[0].Silent = _ => false;
        Tokyo.Start();
        _cluster.Run();
        return client.Action;
    }
}
