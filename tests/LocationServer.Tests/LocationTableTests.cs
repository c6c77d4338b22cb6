using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer.Tests;

public sealed class LocationTableTests
{
    private const long Start = 1_000;
    private readonly LocationTable _tokyo = new(NodeName.Parse("tokyo"));

    [Fact]
    public void A_registration_ends_with_its_lease()
    {
        Assert.Null(Register("accounts", 3, leaseMs: 1_000, nowMs: Start));

        Assert.Equal(3, _tokyo.Own("accounts", Start + 999)!.Incarnation);
        Assert.Null(_tokyo.Own("accounts", Start + 1_000));
        Assert.Empty(_tokyo.List(Start + 1_000));
    }

    [Fact]
    public void A_renewed_lease_counts_from_its_renewal()
    {
        Register("accounts", 3, leaseMs: 1_000, nowMs: Start);
        Register("accounts", 3, leaseMs: 1_000, nowMs: Start + 900);

        Assert.NotNull(_tokyo.Own("accounts", Start + 1_899));
        Assert.Null(_tokyo.Own("accounts", Start + 1_900));
    }

    [Theory]
    [InlineData(1, Limits.LeaseMsMin)]
    [InlineData(5_000, 5_000)]
    [InlineData(int.MaxValue, Limits.LeaseMsMax)]
    public void A_lease_is_given_within_its_limits(int askedMs, int grantedMs)
    {
        _tokyo.Register(LocationClient.At("tokyo", "accounts", 1), askedMs, Start, out int given);

        Assert.Equal(grantedMs, given);
    }

    [Fact]
    public void A_lower_incarnation_is_refused_in_words_and_a_higher_one_replaces()
    {
        Register("accounts", 5);
        Refusal refused = Register("accounts", 4)!;
        Assert.Equal(RefusalCode.StaleIdentity, refused.Code);
        Assert.Contains("incarnation 5, which is newer than 4", refused.Text, StringComparison.Ordinal);
        Assert.Equal(5, _tokyo.Own("accounts", Start)!.Incarnation);

        Assert.Null(Register("accounts", 6, address: "unix:/run/new.sock"));
        Assert.Equal(["unix:/run/new.sock"], _tokyo.Own("accounts", Start)!.Addresses);
    }

    [Fact]
    public void One_incarnation_at_two_addresses_is_refused()
    {
        Register("accounts", 5);

        Refusal refused = Register("accounts", 5, address: "unix:/run/copy.sock")!;

        Assert.Equal(RefusalCode.StaleIdentity, refused.Code);
        Assert.Equal(["unix:/run/x.sock"], _tokyo.Own("accounts", Start)!.Addresses);
    }

    [Fact]
    public void A_withdrawn_Server_is_gone_but_an_older_process_cannot_withdraw_a_newer_one()
    {
        Register("accounts", 5);

        Assert.Equal(RefusalCode.StaleIdentity, _tokyo.Withdraw("accounts", 4, Start)!.Code);
        Assert.NotNull(_tokyo.Own("accounts", Start));

        Assert.Null(_tokyo.Withdraw("accounts", 5, Start));
        Assert.Null(_tokyo.Own("accounts", Start));
        Assert.Null(_tokyo.Withdraw("accounts", 5, Start));
    }

    [Fact]
    public void What_is_not_a_place_of_this_node_is_refused()
    {
        Place good = LocationClient.At("tokyo", "accounts", 1);
        Place[] wrong =
        [
            good with { Node = NodeName.Parse("osaka") },
            good with { Server = "" },
            good with { Server = new string('s', Limits.ServerNameOctetsMax + 1) },
            good with { Kind = new string('k', Limits.ServerNameOctetsMax + 1) },
            good with { Incarnation = 0 },
            good with { Addresses = ["http://tokyo"] },
            good with { Addresses = ["unix:/" + new string('p', Limits.AddressOctetsMax)] },
            good with { Addresses = [.. Enumerable.Repeat("tcp:127.0.0.1:1", Limits.AddressesPerPlaceMax + 1)] },
        ];

        Assert.All(wrong, place => Assert.NotNull(_tokyo.Register(place, 1_000, Start, out _)));
        Assert.Empty(_tokyo.List(Start));
        Assert.Null(_tokyo.Register(good, 1_000, Start, out _));
    }

    [Fact]
    public void Past_the_limit_a_new_Server_is_told_and_the_others_go_on()
    {
        for (int i = 0; i < Limits.RegistrationsMax; i++)
        {
            Assert.Null(Register($"server-{i}", 1, leaseMs: 1_000));
        }

        Refusal refused = Register("one-more", 1)!;
        Assert.Equal(RefusalCode.Limit, refused.Code);
        Assert.Null(Register("server-0", 1, leaseMs: 1_000));
        Assert.Null(Register("one-more", 1, nowMs: Start + 1_000));
    }

    [Fact]
    public void The_longest_list_fits_one_frame()
    {
        string name = new('n', Limits.ServerNameOctetsMax - 4);
        string address = "unix:/" + new string('p', Limits.AddressOctetsMax - 6);
        string[] addresses = [.. Enumerable.Repeat(address, Limits.AddressesPerPlaceMax)];
        for (int i = 0; i < Limits.RegistrationsMax; i++)
        {
            Place place = new($"{name}{i:0000}", NodeName.Parse("tokyo"), name, long.MaxValue, addresses);
            Assert.Null(_tokyo.Register(place, 60_000, Start, out _));
        }

        Protocol.Ber.BerWriter writer = new();
        new Places(long.MaxValue, _tokyo.List(Start)).Write(writer);

        Assert.InRange(writer.Length, 1, Limits.FrameOctetsMax);
    }

    private Refusal? Register(
        string server,
        long incarnation,
        int leaseMs = 60_000,
        long nowMs = Start,
        string address = "unix:/run/x.sock") =>
        _tokyo.Register(LocationClient.At("tokyo", server, incarnation, address), leaseMs, nowMs, out _);
}
