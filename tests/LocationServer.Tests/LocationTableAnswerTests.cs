using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer.Tests;

public sealed class LocationTableAnswerTests
{
    private const long Start = 1_000;
    private static readonly NodeName[] Nobody = [];
    private readonly LocationTable _tokyo = new(NodeName.Parse("tokyo"), cacheMs: 5_000, refusalCacheMs: 500);

    [Fact]
    public void A_peers_answer_is_believed_for_its_lifetime_and_then_asked_for_again()
    {
        Assert.Null(_tokyo.Answer("accounts", fresh: false, Start));
        Assert.False(Settle([At("osaka", 3)]).Cached);

        LocationAnswer again = _tokyo.Answer("accounts", fresh: false, Start + 4_999)!;
        Assert.True(again.Cached);
        Assert.Equal("osaka", again.Place!.Node.Value);
        Assert.Null(_tokyo.Answer("accounts", fresh: false, Start + 5_000));
    }

    [Fact]
    public void Nobody_has_it_is_believed_for_less_long()
    {
        Assert.Equal(RefusalCode.NoSuchServer, Settle([]).Refusal!.Code);

        Assert.True(_tokyo.Answer("accounts", fresh: false, Start + 499)!.Cached);
        Assert.Null(_tokyo.Answer("accounts", fresh: false, Start + 500));
    }

    [Fact]
    public void A_Server_that_registers_here_is_found_though_nobody_had_it_a_moment_ago()
    {
        Settle([]);
        Register(1);

        Assert.NotNull(_tokyo.Answer("accounts", fresh: false, Start + 1)!.Place);
    }

    [Fact]
    public void A_fresh_look_up_is_never_answered_from_memory()
    {
        Settle([At("osaka", 3)]);
        Register(2);

        Assert.Null(_tokyo.Answer("accounts", fresh: true, Start));
    }

    [Theory]
    [InlineData(4, 7, "osaka")]
    [InlineData(7, 4, "kyoto")]
    [InlineData(5, 5, "kyoto")]
    public void Of_two_nodes_that_claim_one_name_the_highest_incarnation_wins(long kyoto, long osaka, string winner)
    {
        Assert.Equal(winner, Settle([At("osaka", osaka), At("kyoto", kyoto)]).Place!.Node.Value);
        Assert.Equal(winner, Settle([At("kyoto", kyoto), At("osaka", osaka)]).Place!.Node.Value);
    }

    [Fact]
    public void A_Server_that_left_this_node_is_found_where_it_is_before_its_old_lease_ends()
    {
        Register(5);
        Assert.Equal("tokyo", _tokyo.Answer("accounts", fresh: false, Start)!.Place!.Node.Value);

        Assert.Equal("osaka", Settle([At("osaka", 6)]).Place!.Node.Value);

        Assert.Equal("osaka", _tokyo.Answer("accounts", fresh: false, Start)!.Place!.Node.Value);
    }

    [Fact]
    public void A_Server_that_came_to_this_node_wins_over_what_peers_remember()
    {
        Settle([At("osaka", 5)]);
        Register(6);

        Assert.Equal("tokyo", _tokyo.Answer("accounts", fresh: false, Start)!.Place!.Node.Value);
        Assert.Equal("tokyo", Settle([At("osaka", 5)]).Place!.Node.Value);
    }

    [Fact]
    public void A_claim_older_than_what_a_silent_node_had_is_not_the_answer()
    {
        Settle([At("osaka", 7)]);

        LocationAnswer answer = Settle([At("kyoto", 6)], [NodeName.Parse("osaka")]);

        Assert.Equal(RefusalCode.NodeUnreachable, answer.Refusal!.Code);
        Assert.Equal("kyoto", Settle([At("kyoto", 8)], [NodeName.Parse("osaka")]).Place!.Node.Value);
    }

    [Fact]
    public void Silence_is_not_no()
    {
        Refusal refusal = Settle([], [NodeName.Parse("osaka"), NodeName.Parse("kyoto")]).Refusal!;

        Assert.Equal(RefusalCode.NodeUnreachable, refusal.Code);
        Assert.Contains("kyoto, osaka did not answer", refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_is_answered_for_this_node_alone()
    {
        Settle([At("osaka", 3)]);
        Assert.Equal(RefusalCode.NoSuchServer, _tokyo.AnswerPeer("accounts", Start).Refusal!.Code);

        Register(1);
        Assert.Equal("tokyo", _tokyo.AnswerPeer("accounts", Start).Place!.Node.Value);
    }

    [Fact]
    public void The_cache_keeps_its_limit_and_drops_what_ends_first()
    {
        for (int i = 0; i <= Limits.LocationCacheMax; i++)
        {
            string server = $"server-{i}";
            _tokyo.Settle(server, [LocationClient.At("osaka", server, 1)], Nobody, Start + (i / 4));
        }

        Assert.Null(_tokyo.Answer("server-0", fresh: false, Start + 2_500));
        Assert.NotNull(_tokyo.Answer($"server-{Limits.LocationCacheMax}", fresh: false, Start + 2_500));
    }

    private static Place At(string node, long incarnation) => LocationClient.At(node, "accounts", incarnation);

    private LocationAnswer Settle(Place[] claims, NodeName[]? silent = null) =>
        _tokyo.Settle("accounts", claims, silent ?? Nobody, Start);

    private void Register(long incarnation) => _tokyo.Register(At("tokyo", incarnation), 60_000, Start, out _);
}
