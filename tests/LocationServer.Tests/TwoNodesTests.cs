using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.TestSupport;

namespace Ccr.LocationServer.Tests;

/// <summary>Location Servers that find each other's Servers over real TCP.</summary>
public sealed class TwoNodesTests
{
    [Fact]
    public async Task A_Server_of_another_node_is_found_and_remembered()
    {
        await using TestNode osaka = await TestNode.StartAsync("osaka");
        await using TestNode tokyo = await StartTokyoAsync(osaka);
        await using LocationClient there = await osaka.ConnectAsync();
        await using LocationClient here = await tokyo.ConnectAsync();
        Place place = LocationClient.At("osaka", "osaka.files", 3);
        Assert.Equal(60_000, Assert.IsType<PlaceRegistered>(await there.RegisterAsync(place)).LeaseMs);

        PlaceFound asked = Assert.IsType<PlaceFound>(await here.LookUpAsync("osaka.files"));
        PlaceFound again = Assert.IsType<PlaceFound>(await here.LookUpAsync("osaka.files"));

        Assert.Equal(place, asked.Place);
        Assert.False(asked.Cached);
        Assert.True(again.Cached);
        Assert.Equal([place], await there.ListAsync());
        Assert.Empty(await here.ListAsync());
    }

    [Fact]
    public async Task A_Server_that_moves_is_found_again_by_a_fresh_look_up()
    {
        await using TestNode osaka = await TestNode.StartAsync("osaka");
        await using TestNode kyoto = await TestNode.StartAsync("kyoto");
        await using TestNode tokyo = await StartTokyoAsync(osaka, kyoto);
        await using LocationClient here = await tokyo.ConnectAsync();
        await using LocationClient atOsaka = await osaka.ConnectAsync();
        await using LocationClient atKyoto = await kyoto.ConnectAsync();

        // It is killed at osaka, where its lease goes on, and starts at kyoto with the next incarnation.
        await atOsaka.RegisterAsync(LocationClient.At("osaka", "accounts", 3));
        Assert.Equal("osaka", await NodeOfAsync(here, fresh: false));
        await atKyoto.RegisterAsync(LocationClient.At("kyoto", "accounts", 4));

        Assert.Equal("osaka", await NodeOfAsync(here, fresh: false));
        Assert.Equal("kyoto", await NodeOfAsync(here, fresh: true));
        Assert.Equal("kyoto", await NodeOfAsync(here, fresh: false));
        Assert.Equal("kyoto", await NodeOfAsync(here, fresh: true));
    }

    [Fact]
    public async Task A_peer_that_is_down_is_named_and_hides_no_other()
    {
        await using TestNode osaka = await TestNode.StartAsync("osaka");
        await using TestNode kyoto = await TestNode.StartAsync("kyoto");
        await using TestNode tokyo = await StartTokyoAsync(osaka, kyoto);
        await using LocationClient here = await tokyo.ConnectAsync();
        await using LocationClient atKyoto = await kyoto.ConnectAsync();
        await atKyoto.RegisterAsync(LocationClient.At("kyoto", "accounts", 4));
        await osaka.StopAsync();

        Assert.Equal("kyoto", await NodeOfAsync(here, fresh: false));
        LocationRefused refused = Assert.IsType<LocationRefused>(await here.LookUpAsync("osaka.files"));

        Assert.Equal(RefusalCode.NodeUnreachable, refused.Refusal.Code);
        Assert.Contains("osaka did not answer", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_is_started_again_is_asked_again()
    {
        await using TestNode osaka = await TestNode.StartAsync("osaka");
        await using TestNode tokyo = await StartTokyoAsync(osaka);
        await using LocationClient here = await tokyo.ConnectAsync();
        Assert.IsType<LocationRefused>(await here.LookUpAsync("accounts", fresh: true));

        await osaka.StopAsync();
        await osaka.StartAsync();
        await using LocationClient there = await osaka.ConnectAsync();
        await there.RegisterAsync(LocationClient.At("osaka", "accounts", 1));

        Assert.Equal("osaka", await NodeOfAsync(here, fresh: true));
    }

    [Fact]
    public async Task A_lease_and_what_a_peer_answered_last_while_the_wall_clock_jumps_by_days()
    {
        JumpingTime time = new();
        await using TestNode osaka = await TestNode.StartAsync("osaka", time: time);
        await using TestNode tokyo = await TestNode.StartAsync("tokyo", options =>
        {
            options.Peers["osaka"] = osaka.Address;
            options.CacheMs = 600_000;
        }, time);
        await using LocationClient there = await osaka.ConnectAsync();
        await using LocationClient here = await tokyo.ConnectAsync();
        await there.RegisterAsync(LocationClient.At("osaka", "accounts", 3), leaseMs: 300_000);
        Assert.False(Assert.IsType<PlaceFound>(await here.LookUpAsync("accounts")).Cached);

        for (int look = 0; look < 12; look++)
        {
            Assert.IsType<PlaceFound>(await there.LookUpAsync("accounts"));
            Assert.True(Assert.IsType<PlaceFound>(await here.LookUpAsync("accounts")).Cached);
            time.GetUtcNow();
        }

        // And it does end when its time is over.
        await there.RegisterAsync(LocationClient.At("osaka", "accounts", 3), leaseMs: 100);
        while (await there.LookUpAsync("accounts") is PlaceFound)
        {
        }
    }

    [Fact]
    public async Task A_peer_that_never_answers_holds_a_look_up_no_longer_than_its_limit()
    {
        await using SilentPeer osaka = new();
        ManualTime time = new();
        await using TestNode tokyo = await TestNode.StartAsync(
            "tokyo", options => options.Peers["osaka"] = osaka.Address, time);
        await using LocationClient here = await tokyo.ConnectAsync();

        Task<LocationMessage> asking = here.LookUpAsync("accounts");
        Task<LocationMessage> askingToo = here.LookUpAsync("accounts");
        await osaka.Asked.WaitAsync(Wait.Token());
        time.Advance(tokyo.Options.LookUpMs - 1);
        Assert.False(asking.IsCompleted);
        time.Advance(1);

        LocationMessage[] answers = await Task.WhenAll(asking, askingToo);
        Assert.All(answers, answer =>
            Assert.Equal(RefusalCode.NodeUnreachable, Assert.IsType<LocationRefused>(answer).Refusal.Code));
    }

    [Fact]
    public async Task A_look_up_of_a_peer_is_answered_for_its_node_alone_and_never_passed_on()
    {
        await using TestNode osaka = await TestNode.StartAsync("osaka");
        await using TestNode tokyo = await StartTokyoAsync(osaka);
        await using LocationClient there = await osaka.ConnectAsync();
        await there.RegisterAsync(LocationClient.At("osaka", "accounts", 3));
        await using LocationClient here = await tokyo.ConnectAsync();
        Assert.Equal("osaka", await NodeOfAsync(here, fresh: false));

        await using LocationClient peer = await tokyo.ConnectAsPeerAsync();
        LocationMessage answer = await peer.LookUpAsync("accounts", fromPeer: true);

        Assert.Equal(RefusalCode.NoSuchServer, Assert.IsType<LocationRefused>(answer).Refusal.Code);
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_ends_for_the_peers_as_well()
    {
        ManualTime time = new();
        await using TestNode osaka = await TestNode.StartAsync("osaka", time: time);
        await using TestNode tokyo = await StartTokyoAsync(osaka);
        await using LocationClient there = await osaka.ConnectAsync();
        await using LocationClient here = await tokyo.ConnectAsync();
        await there.RegisterAsync(LocationClient.At("osaka", "accounts", 3), leaseMs: 10_000);

        time.Advance(9_999);
        Assert.Equal("osaka", await NodeOfAsync(here, fresh: true));
        time.Advance(1);

        LocationMessage answer = await here.LookUpAsync("accounts", fresh: true);
        Assert.Equal(RefusalCode.NoSuchServer, Assert.IsType<LocationRefused>(answer).Refusal.Code);
    }

    /// <summary>Registrations live in memory alone, and a Client takes "no such Server" as final.</summary>
    [Fact]
    public async Task A_Location_Server_that_was_just_started_says_for_no_Server_that_it_is_not_there()
    {
        ManualTime time = new();
        await using TestNode osaka = await TestNode.StartAsync("osaka", o => o.SettleMs = 3_000, time);
        await using TestNode tokyo = await StartTokyoAsync(osaka);
        await using LocationClient there = await osaka.ConnectAsync();
        await using LocationClient here = await tokyo.ConnectAsync();
        time.Advance(2_999);
        Assert.Equal(RefusalCode.RetryLater, await RefusedAsync(there));
        Assert.Equal(RefusalCode.NodeUnreachable, await RefusedAsync(here));

        time.Advance(1);

        Assert.Equal(RefusalCode.NoSuchServer, await RefusedAsync(there));
        Assert.Equal(RefusalCode.NoSuchServer, await RefusedAsync(here));
    }

    private static async Task<RefusalCode> RefusedAsync(LocationClient at) =>
        Assert.IsType<LocationRefused>(await at.LookUpAsync("accounts", fresh: true)).Refusal.Code;

    private static Task<TestNode> StartTokyoAsync(params TestNode[] peers) => TestNode.StartAsync("tokyo", options =>
    {
        options.LookUpMs = 60_000; // a peer that is there answers, however busy the machine is
        foreach (TestNode peer in peers)
        {
            options.Peers[peer.Options.Node] = peer.Address;
        }
    });

    private static async Task<string> NodeOfAsync(LocationClient client, bool fresh) =>
        Assert.IsType<PlaceFound>(await client.LookUpAsync("accounts", fresh)).Place.Node.Value;
}
