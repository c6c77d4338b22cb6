using Ccr.Client;
using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol.Messages;

namespace Ccr.LocationServer.Tests;

/// <summary>The session that the Location Server keeps with its node's manager.</summary>
public sealed class ManagerSessionTests
{
    [Fact]
    public async Task The_manager_is_told_where_the_Location_Server_listens_and_asks_it()
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using LocationClient server = await tokyo.ConnectAsync();
        await server.RegisterAsync(LocationClient.At("tokyo", "accounts", 3));
        await using FakeManager manager = FakeManager.Start(tokyo.Layout, "tokyo");

        Hello hello = await manager.ReceiveAsync<Hello>();
        Located found = await manager.LocateAsync("accounts", reference: 8);
        Located missing = await manager.LocateAsync("salaries", reference: 9);

        Assert.Equal((SessionRole.Location, tokyo.Address), (hello.Role, hello.Address));
        Assert.Equal(tokyo.Address, NodeLayout.ReadAddress(tokyo.Layout.LocationAddressFile));
        Assert.Equal((8, "accounts"), (found.Reference, found.Server));
        Assert.Equal(new LocatedAt(tokyo.Name, "files", 3, ["unix:/run/x.sock"]), found.Found);
        Assert.Null(found.Refused);
        Assert.Equal((9, "salaries"), (missing.Reference, missing.Server));
        Assert.Equal(RefusalCode.NoSuchServer, missing.Refused!.Code);
    }

    [Fact]
    public async Task Peers_that_the_manager_announces_are_asked_and_follow_their_addresses()
    {
        await using TestNode osaka = await TestNode.StartAsync("osaka");
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using FakeManager manager = FakeManager.Start(tokyo.Layout, "tokyo");
        await manager.ReceiveAsync<Hello>();
        Assert.Equal(RefusalCode.NoSuchServer, (await manager.LocateAsync("accounts")).Refused!.Code);

        await RegisterAtAsync(osaka, 1);
        manager.Send(new Peers([
            FakeManager.Announce("osaka", osaka.Address),
            FakeManager.Announce("tokyo", "127.0.0.1:1"),
            FakeManager.Announce("nara", ""),
            FakeManager.Announce("kobe", "nonsense"),
        ]));
        Assert.Equal("osaka", (await manager.LocateAsync("accounts", fresh: true)).Found!.Node.Value);

        await osaka.StopAsync();
        osaka.Options.Listen = "127.0.0.1:0";
        await osaka.StartAsync();
        await RegisterAtAsync(osaka, 2);
        manager.Send(new Peers([FakeManager.Announce("osaka", osaka.Address)]));
        Assert.Equal(2, (await manager.LocateAsync("accounts", fresh: true)).Found!.Incarnation);

        manager.Send(new Peers([]));
        Assert.Equal(RefusalCode.NoSuchServer, (await manager.LocateAsync("accounts", fresh: true)).Refused!.Code);
    }

    [Fact]
    public async Task A_peer_whose_Location_Server_is_not_known_yet_may_have_it()
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using FakeManager manager = FakeManager.Start(tokyo.Layout, "tokyo");
        await manager.ReceiveAsync<Hello>();
        manager.Send(new Peers([FakeManager.Announce("osaka", "")]));

        Refusal refused = (await manager.LocateAsync("accounts", fresh: true)).Refused!;

        Assert.Equal(RefusalCode.NodeUnreachable, refused.Code);
        Assert.Contains("osaka did not answer", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manager_that_starts_again_finds_its_Location_Server_again()
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        FakeManager first = FakeManager.Start(tokyo.Layout, "tokyo");
        await first.ReceiveAsync<Hello>();
        await first.DisposeAsync();

        await using (LocationClient server = await tokyo.ConnectAsync())
        {
            await server.RegisterAsync(LocationClient.At("tokyo", "accounts", 3));
            Assert.IsType<PlaceFound>(await server.LookUpAsync("accounts"));
        }

        await using FakeManager second = FakeManager.Start(tokyo.Layout, "tokyo");
        await second.ReceiveAsync<Hello>();
        Assert.NotNull((await second.LocateAsync("accounts")).Found);
    }

    [Fact]
    public async Task The_manager_of_another_node_is_not_served()
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using FakeManager manager = FakeManager.Start(tokyo.Layout, "osaka");

        await manager.ReceiveAsync<Hello>();

        // The session ends instead of being served, and is tried again.
        await manager.ReceiveAsync<Hello>();
    }

    [Fact]
    public async Task What_is_wrong_with_the_options_is_said_in_a_sentence()
    {
        ArgumentException name = await Assert.ThrowsAsync<ArgumentException>(
            () => TestNode.StartAsync("To kyo"));
        ArgumentException peer = await Assert.ThrowsAsync<ArgumentException>(
            () => TestNode.StartAsync("tokyo", options => options.Peers["osaka"] = "somewhere"));
        IOException listen = await Assert.ThrowsAsync<IOException>(
            () => TestNode.StartAsync("tokyo", options => options.Listen = "0.0.0.0:0"));

        Assert.Contains("'To kyo' is not a node name", name.Message, StringComparison.Ordinal);
        Assert.Contains("osaka=somewhere", peer.Message, StringComparison.Ordinal);
        Assert.Contains("must not leave this machine", listen.Message, StringComparison.Ordinal);
    }

    private static async Task RegisterAtAsync(TestNode node, long incarnation)
    {
        await using LocationClient server = await node.ConnectAsync();
        Place place = LocationClient.At(node.Options.Node, "accounts", incarnation);
        Assert.IsType<PlaceRegistered>(await server.RegisterAsync(place));
    }
}
