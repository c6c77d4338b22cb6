using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer.Tests;

/// <summary>Whoever breaks the protocol loses that connection, and nobody else notices.</summary>
public sealed class HostileTests
{
    public static TheoryData<string, byte[]> Nonsense() => new()
    {
        { "an announced length of 2 GB", [0xA0, 0x84, 0x7F, 0xFF, 0xFF, 0xFF] },
        { "an indefinite outermost length", [0xA0, 0x80, 0x00, 0x00] },
        { "another element", [0x30, 0x03, 0x02, 0x01, 0x05] },
        { "an unknown alternative", [0xBE, 0x00] },
        { "an empty registration", [0xA0, 0x00] },
        { "a look-up whose name ends early", [0xA3, 0x05, 0x80, 0x01, 0x01, 0x81, 0x40] },
        { "text", "GET /accounts HTTP/1.1\r\nHost: tokyo.example\r\nAccept: application/json\r\n\r\n"u8.ToArray() },
        { "elements in elements", [0xA0, 0x7E, .. Enumerable.Repeat<byte[]>([0xA1, 0x80], 63).SelectMany(o => o)] },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Nonsense_ends_its_own_connection_alone(string what, byte[] octets)
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using LocationClient honest = await tokyo.ConnectAsync();
        await honest.RegisterAsync(LocationClient.At("tokyo", "accounts", 1));
        await using LocationClient hostile = await tokyo.ConnectAsync();
        await using LocationClient hostilePeer = await tokyo.ConnectAsPeerAsync();

        hostile.SendRaw(octets);
        hostilePeer.SendRaw(octets);

        Assert.NotEmpty(await hostile.Closed.WaitAsync(Wait.Token()));
        Assert.NotEmpty(await hostilePeer.Closed.WaitAsync(Wait.Token()));
        Assert.True(await honest.LookUpAsync("accounts") is PlaceFound, what);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_ends_the_connection()
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using LocationClient hostile = await tokyo.ConnectAsync();

        hostile.Send(new PlaceFound(1, LocationClient.At("tokyo", "accounts", 9), Cached: false));

        await hostile.Closed.WaitAsync(Wait.Token());
    }

    [Fact]
    public async Task A_peer_may_look_up_and_nothing_else()
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using LocationClient peer = await tokyo.ConnectAsPeerAsync();
        LocationMessage[] answers =
        [
            await peer.RegisterAsync(LocationClient.At("tokyo", "accounts", 1)),
            await peer.LookUpAsync("accounts", fromPeer: false),
            await peer.AskAsync(reference => new Withdraw(reference, "accounts", 1)),
            await peer.AskAsync(reference => new ListPlaces(reference)),
        ];

        Assert.All(answers, answer =>
            Assert.Equal(RefusalCode.NotPermitted, Assert.IsType<LocationRefused>(answer).Refusal.Code));
        Assert.IsType<LocationRefused>(await peer.LookUpAsync("accounts", fromPeer: true));
    }

    [Fact]
    public async Task A_peer_that_speaks_for_another_node_is_not_believed()
    {
        await using SilentPeer liar = new(asked =>
            new PlaceFound(asked.Reference, LocationClient.At("kyoto", asked.Server, 99), Cached: false));
        await AssertNotBelievedAsync(liar);
    }

    [Fact]
    public async Task A_peer_that_answers_another_question_is_not_believed()
    {
        await using SilentPeer liar = new(asked =>
            new PlaceFound(asked.Reference, LocationClient.At("osaka", "salaries", 99), Cached: false));
        await AssertNotBelievedAsync(liar);
    }

    [Fact]
    public async Task A_peer_that_asks_back_is_not_believed()
    {
        await using SilentPeer liar = new(asked => asked);
        await AssertNotBelievedAsync(liar);
    }

    [Fact]
    public async Task A_name_that_is_none_is_refused_in_words()
    {
        await using TestNode tokyo = await TestNode.StartAsync("tokyo");
        await using LocationClient client = await tokyo.ConnectAsync();

        LocationMessage answer = await client.RegisterAsync(
            LocationClient.At("osaka", "accounts", 1) with { Node = NodeName.Parse("osaka") });

        Refusal refusal = Assert.IsType<LocationRefused>(answer).Refusal;
        Assert.Contains("registers with its own node's Location Server", refusal.Text, StringComparison.Ordinal);
    }

    private static async Task AssertNotBelievedAsync(SilentPeer liar)
    {
        await using TestNode tokyo = await TestNode.StartAsync(
            "tokyo", options => options.Peers["osaka"] = liar.Address);
        await using LocationClient client = await tokyo.ConnectAsync();

        LocationMessage answer = await client.LookUpAsync("accounts");

        Assert.Equal(RefusalCode.NodeUnreachable, Assert.IsType<LocationRefused>(answer).Refusal.Code);
        await liar.Closed.WaitAsync(Wait.Token());
    }
}
