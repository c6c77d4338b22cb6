using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>
/// Peers that break the protocol of the links, or are not who they say: refused in words, at no cost to others.
/// </summary>
public sealed class HostileLinkTests : IAsyncLifetime
{
    private static readonly UInt128 s_log = UInt128.Parse("1234567890", null);

    private ManagerFixture _manager = null!;
    private RawPeer<LinkMessage> _bystander = null!;

    public async Task InitializeAsync()
    {
        _manager = await ManagerFixture.StartAsync("tokyo", options =>
        {
            options.HelloTimeoutMs = 1_500; // long enough for a busy machine
            options.PingIntervalMs = 300;
            options.PingTimeoutMs = 60_000;
        });
        _bystander = await UpAsync("kyoto", 99, 1);
    }

    public async Task DisposeAsync()
    {
        _bystander.Say(new Ping(4711));
        while ((await _bystander.UntilAsync<Pong>()).Reference != 4711)
        {
        }

        await _bystander.DisposeAsync();
        await _manager.DisposeAsync();
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x30, 0x80, 0x00, 0x00 })]
    [InlineData(new byte[] { 0xA6, 0x02, 0x05, 0x00 })]
    [InlineData(new byte[] { 0xA0, 0x84, 0x80, 0x00, 0x00, 0x00 })]
    public async Task Garbage(byte[] octets)
    {
        await using var peer = await _manager.LinkAsync();
        peer.SayOctets(octets);
        await peer.ClosedAsync();
    }

    [Fact]
    public async Task GarbageOnALinkThatIsUpEndsThatLinkAlone()
    {
        await using var peer = await UpAsync("osaka", s_log, 1);
        peer.SayOctets(0x30, 0x03, 0x02, 0x01, 0x01);
        await peer.ClosedAsync();
        await _manager.Log.WaitForAsync("no message of a link");
    }

    [Fact]
    public async Task APeerThatSaysNothingIsClosed()
    {
        await using var peer = await _manager.LinkAsync();
        await peer.ClosedAsync();
        await _manager.Log.WaitForAsync("kyoto");
    }

    [Fact]
    public async Task AnotherVersionIsRefusedInWords()
    {
        LinkRefused refused = await RefusedAsync(RawPeers.HelloOf("osaka", s_log, 1, version: 7));
        Assert.Contains("version 7", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APeerThatClaimsOurOwnNameIsRefused()
    {
        LinkRefused refused = await RefusedAsync(RawPeers.HelloOf("tokyo", s_log, 1));
        Assert.Equal(RefusalCode.StaleIdentity, refused.Refusal.Code);
        Assert.Contains("this node's own", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALowerEpochIsRefusedEvenAfterARestart()
    {
        await using (await UpAsync("osaka", s_log, 5))
        {
        }

        LinkRefused refused = await RefusedAsync(RawPeers.HelloOf("osaka", s_log, 4));
        Assert.Contains("seen with epoch 5", refused.Refusal.Text, StringComparison.Ordinal);

        await _bystander.DisposeAsync();
        await _manager.CrashAsync();
        await _manager.StartAsync();
        refused = await RefusedAsync(RawPeers.HelloOf("osaka", s_log, 4));
        Assert.Contains("seen with epoch 5", refused.Refusal.Text, StringComparison.Ordinal);
        _bystander = await UpAsync("kyoto", 99, 1);
    }

    [Fact]
    public async Task AnotherLogIsRefusedUntilAnOperatorResetsTheNode()
    {
        await using (await UpAsync("osaka", s_log, 5))
        {
        }

        LinkRefused refused = await RefusedAsync(RawPeers.HelloOf("osaka", s_log + 1, 1));
        Assert.Contains("ccrctl node reset osaka", refused.Refusal.Text, StringComparison.Ordinal);

        await using var @operator = await _manager.SessionAsync(SessionRole.Operator);
        @operator.Say(new ResetNode(1, NodeName.Parse("osaka"), "ann"));
        await @operator.ExpectAsync<Accomplished>();

        await using (await UpAsync("osaka", s_log + 1, 1))
        {
        }

        refused = await RefusedAsync(RawPeers.HelloOf("osaka", s_log, 6));
        Assert.Contains("set aside", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoManagersOnCopiesOfOneLogAreToldSo()
    {
        await using var first = await UpAsync("osaka", s_log, 5);
        LinkRefused refused = await RefusedAsync(RawPeers.HelloOf("osaka", s_log, 5, address: "127.0.0.1:2"));
        Assert.Contains("taken twice", refused.Refusal.Text, StringComparison.Ordinal);
        Assert.False(first.IsClosed);
    }

    [Fact]
    public async Task ANewerStartOfANodeEndsTheLinksOfItsOlderOne()
    {
        await using var old = await UpAsync("osaka", s_log, 5);
        await using var newer = await UpAsync("osaka", s_log, 6, address: "127.0.0.1:2");
        await old.ClosedAsync();
        Assert.False(newer.IsClosed);
    }

    [Theory]
    [InlineData((1 << 16) | (0 << 8) | 200)]
    [InlineData((1 << 16) | (77 << 8) | 0)]
    public async Task AnAssociationOfALaneThatIsNotThereIsAborted(long association)
    {
        await using var peer = await UpAsync("osaka", s_log, 1);
        peer.Say(new Data(association, new PrepareRi()));
        Abort abort = await peer.UntilAsync<Abort>();
        Assert.Equal(association, abort.Association);
        Assert.Contains("no lane", abort.Refusal.Text, StringComparison.Ordinal);
        peer.Say(new Ping(3));
        await peer.UntilAsync<Pong>();
    }

    [Fact]
    public async Task AnApduThatCannotBeReadEndsItsAssociationAlone()
    {
        await using var peer = await UpAsync("osaka", s_log, 1);
        peer.SayOctets(0xA6, 0x0A, 0x80, 0x03, 0x01, 0x00, 0x00, 0xA1, 0x03, 0xBF, 0x01, 0x00);
        Abort abort = await peer.UntilAsync<Abort>();
        Assert.Equal(65_536, abort.Association);
        peer.Say(new Ping(3));
        await peer.UntilAsync<Pong>();
    }

    [Fact]
    public async Task AnApduOutOfPlaceEndsItsAssociationAlone()
    {
        await using var peer = await UpAsync("osaka", s_log, 1);
        peer.Say(new Data(65_536, new CommitRi()));
        await peer.UntilAsync<Abort>();
        peer.Say(new Ping(3));
        await peer.UntilAsync<Pong>();
    }

    [Fact]
    public async Task ASilentLinkIsPinged()
    {
        await using var peer = await UpAsync("osaka", s_log, 1);
        await peer.UntilAsync<Ping>();
    }

    [Fact]
    public async Task WhatAPeerAnnouncesIsPassedOnAndKept()
    {
        await using var peer = await UpAsync("osaka", s_log, 1);
        Announcement nara = new(
            new ManagerIdentity(NodeName.Parse("nara"), new LogIdentity(7), 3), "127.0.0.1:3", "127.0.0.1:4");
        peer.Say(new Announce([nara]));
        while (!(await _bystander.UntilAsync<Announce>()).Nodes.Contains(nara))
        {
        }

        Status status = await _manager.StatusAsync();
        Assert.Contains(status.Peers, one => one.Identity == nara.Identity);
    }

    private async Task<RawPeer<LinkMessage>> UpAsync(
        string node, UInt128 log, uint epoch, string address = "127.0.0.1:1")
    {
        var peer = await _manager.LinkAsync();
        peer.Say(RawPeers.HelloOf(node, log, epoch, address: address));
        LinkWelcome welcome = await peer.ExpectAsync<LinkWelcome>();
        Assert.Equal(_manager.Address, welcome.Address);
        return peer;
    }

    private async Task<LinkRefused> RefusedAsync(LinkHello hello)
    {
        await using var peer = await _manager.LinkAsync();
        peer.Say(hello);
        LinkRefused refused = await peer.ExpectAsync<LinkRefused>();
        await peer.ClosedAsync();
        return refused;
    }
}
