using Ccr.CcrManager.Links;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Tests;

/// <summary>Who may speak for a node (SEM-6), and whose word on an address counts (SEM-7).</summary>
public sealed class PeerTableTests
{
    private readonly PeerTable _table = new(NodeName.Parse("tokyo"), []);

    [Fact]
    public void TheHighestEpochOfOneLogIsKept()
    {
        Assert.Equal(PeerNews.New, Note(Of("osaka", 1, 3)).News);
        Assert.Equal(PeerNews.Known, Note(Of("osaka", 1, 3)).News);
        Assert.Equal(PeerNews.Newer, Note(Of("osaka", 1, 4, "b:2")).News);
        Assert.NotNull(Note(Of("osaka", 1, 3)).Refusal);
        Assert.Equal("b:2", _table.Find(NodeName.Parse("osaka"))!.Address);
    }

    [Fact]
    public void AnOlderEpochFromSomebodyElseIsPassedOver()
    {
        Note(Of("osaka", 1, 3));
        Assert.Equal(new PeerVerdict(PeerNews.Known, null), Note(Of("osaka", 1, 2), firstHand: false));
    }

    [Fact]
    public void AnotherLogIsRefusedUntilReset()
    {
        Note(Of("osaka", 1, 3));
        Assert.NotNull(Note(Of("osaka", 2, 9)).Refusal);
        Assert.True(_table.Reset(NodeName.Parse("osaka")));
        Assert.Null(Note(Of("osaka", 1, 4)).Refusal); // the same log may still go on
        Assert.Equal(PeerNews.New, Note(Of("osaka", 2, 1)).News);
        Assert.NotNull(Note(Of("osaka", 1, 5)).Refusal);
        Assert.NotNull(Note(Of("osaka", 3, 1)).Refusal);
    }

    [Fact]
    public void AResetIsRememberedAcrossARestart()
    {
        Note(Of("osaka", 1, 3));
        _table.Reset(NodeName.Parse("osaka"));
        PeerTable restarted = new(NodeName.Parse("tokyo"), _table.ToSave);
        Assert.Null(restarted.Judge(Of("osaka", 2, 1), true).Refusal);
        restarted.Accept(Of("osaka", 2, 1));
        PeerTable again = new(NodeName.Parse("tokyo"), restarted.ToSave);
        Assert.NotNull(again.Judge(Of("osaka", 1, 9), true).Refusal);
        Assert.Null(again.Judge(Of("osaka", 2, 2), true).Refusal);
    }

    [Fact]
    public void AnUnknownNodeCannotBeReset() => Assert.False(_table.Reset(NodeName.Parse("osaka")));

    [Fact]
    public void TheSameEpochAtTwoAddressesIsANameTakenTwice()
    {
        Note(Of("osaka", 1, 3));
        Assert.Contains("taken twice", Note(Of("osaka", 1, 3, "b:2")).Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void OurOwnNameIsRefusedFromItsBearerAndPassedOverFromOthers()
    {
        Assert.NotNull(_table.Judge(Of("tokyo", 1, 3), firstHand: true).Refusal);
        Assert.Null(_table.Judge(Of("tokyo", 1, 3), firstHand: false).Refusal);
        Assert.Empty(_table.Known);
    }

    [Fact]
    public void ALocationAddressIsFilledInByAnyoneAndChangedOnlyByTheNodeItself()
    {
        Note(Of("osaka", 1, 3));
        Assert.Equal(PeerNews.Completed, Note(Of("osaka", 1, 3, location: "l:1"), firstHand: false).News);
        Assert.Equal(PeerNews.Known, Note(Of("osaka", 1, 3, location: "l:2"), firstHand: false).News);
        Assert.Equal(PeerNews.Completed, Note(Of("osaka", 1, 3, location: "l:3")).News);
        Assert.Equal(PeerNews.Known, Note(Of("osaka", 1, 3)).News);
        Assert.Equal("l:3", _table.Find(NodeName.Parse("osaka"))!.LocationAddress);
    }

    /// <summary>A Location Server outlives its manager, which is linked before it has come back.</summary>
    [Fact]
    public void ANewerStartThatDoesNotKnowItsLocationServerYetKeepsTheOldAddressAsAHint()
    {
        Note(Of("osaka", 1, 3, location: "l:1"));
        Assert.Equal(PeerNews.Newer, Note(Of("osaka", 1, 4)).News);
        Assert.Equal("l:1", _table.Find(NodeName.Parse("osaka"))!.LocationAddress);

        // It is no more than a hint: anyone may tell the new one, once.
        Assert.Equal(PeerNews.Completed, Note(Of("osaka", 1, 4, location: "l:2"), firstHand: false).News);
        Assert.Equal(PeerNews.Known, Note(Of("osaka", 1, 4, location: "l:3"), firstHand: false).News);
        Assert.Equal("l:2", _table.Find(NodeName.Parse("osaka"))!.LocationAddress);
    }

    [Fact]
    public void WhatWouldBeSavedHoldsTheNews()
    {
        Note(Of("osaka", 1, 3));
        Announcement newer = Of("osaka", 1, 4, "b:2");
        Assert.Equal([newer], _table.ToSaveWith(newer));
    }

    [Fact]
    public void ThereIsALimit()
    {
        for (int i = 0; i < ManagerLimits.PeersMax; i++)
        {
            Assert.Null(Note(Of($"n{i}", 1, 1)).Refusal);
        }

        Assert.Equal(RefusalCode.Limit, Note(Of("one-more", 1, 1)).Refusal!.Code);
    }

    private static Announcement Of(string node, int log, uint epoch, string address = "a:1", string location = "") =>
        new(new ManagerIdentity(NodeName.Parse(node), new LogIdentity((UInt128)log), epoch), address, location);

    private PeerVerdict Note(Announcement seen, bool firstHand = true)
    {
        PeerVerdict verdict = _table.Judge(seen, firstHand);
        if (verdict.News != PeerNews.Known)
        {
            _table.Accept(seen);
        }

        return verdict;
    }
}
