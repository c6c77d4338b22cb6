using System.Text;
using Ccr.Protocol;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Conformance.Messages;

/// <summary>Limits, names and what else a message may not hold.</summary>
public sealed class MessageLimitTests
{
    private static readonly AeTitle Tokyo = AeTitle.Of(NodeName.Parse("tokyo"));
    private static readonly AtomicActionId Action = new(Tokyo, Suffix.OfCounter(3, 42));
    private static readonly BranchId Branch = new(Tokyo, Suffix.OfInteger(1));

    [Fact]
    public void A_list_has_a_limit()
    {
        string[] servers = [.. Enumerable.Repeat("s", Limits.ListItemsMax)];

        Assert.Equal(servers.Length, ((TransOpen)Again(new TransOpen(1, servers, 0))).Servers.Count);
        Assert.Equal(BerError.TooManyItems, Refused(new TransOpen(1, [.. servers, "s"], 0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a-name-that-has-65-octets-which-is-one-more-than-a-name-may-have--")]
    public void A_server_name_has_1_to_64_octets(string server)
    {
        Assert.Equal(BerError.BadValue, Refused(new TransOpen(1, [server], 0)));
        Assert.Equal(BerError.BadValue, Refused(new Begin(server, Action, Branch)));
    }

    [Fact]
    public void A_node_name_is_checked()
    {
        byte[] octets = Family.Encode(new ResetNode(1, NodeName.Parse("osaka"), ""));
        octets[octets.AsSpan().IndexOf("osaka"u8)] = (byte)'O';

        Assert.Null(SessionMessage.Decode(octets, out BerStatus status));
        Assert.Equal(BerError.BadValue, status.Error);
    }

    [Fact]
    public void A_text_has_a_limit_and_a_sentence_is_cut_to_it()
    {
        string longText = new('x', Limits.TextOctetsMax + 1);
        Assert.Equal(BerError.TooLong, Refused(new Hello(1, SessionRole.Client, longText, null)));

        string cut = ((Accomplished)Again(new Accomplished(1, new string('é', Limits.TextOctetsMax)))).Text;
        Assert.Equal(Limits.TextOctetsMax, Encoding.UTF8.GetByteCount(cut));
        Assert.Equal(new string('é', Limits.TextOctetsMax / 2), cut);
    }

    [Fact]
    public void A_side_means_nothing_outside_of_an_apdu()
    {
        byte[] octets = [0xA9, 0x0B, 0x80, 0x01, 0x01, 0xA1, 0x06, 0x81, 0x01, 0x00, 0x83, 0x01, 0x05];

        Assert.Null(SessionMessage.Decode(octets, out BerStatus status));
        Assert.Equal(BerError.BadValue, status.Error);
    }

    [Fact]
    public void Checkpoints_inside_checkpoints_end_at_the_depth_limit()
    {
        ManagerIdentity identity = new(NodeName.Parse("tokyo"), new LogIdentity(1), 1);
        LogContent content = new OnePhaseServer("s");
        for (int i = 0; i < Limits.BerDepthMax; i++)
        {
            content = new Checkpoint(1, 1, identity, [content]);
        }

        Assert.Null(LogContent.Decode(Family.Encode(content), out BerStatus status));
        Assert.Equal(BerError.TooDeep, status.Error);
    }

    [Fact]
    public void A_refusal_code_of_a_later_version_is_kept()
    {
        Refusal refusal = new((RefusalCode)99, "new");

        Assert.Equal(refusal, ((RequestRefused)Again(new RequestRefused(1, refusal))).Refusal);
    }

    [Fact]
    public void An_outcome_of_a_later_version_is_refused() =>
        Assert.Equal(BerError.BadValue, Refused(new OutcomeIs(1, Action, (Outcome)9, [])));

    [Fact]
    public void Profile_data_travels_in_user_data()
    {
        RefusalData refusal = new(new Refusal(RefusalCode.Timeout, "late"));
        RollbackRi apdu = new() { User = UserData.Of(refusal) };

        var data = (Data)LinkMessage.Decode(Family.Encode(new Data(65_793, apdu)), out _)!;

        Assert.Equal(refusal, data.Apdu.User.Profile());
        Assert.Equal(apdu, data.Apdu);
        Assert.Null(UserData.None.Profile());
        Assert.Null(new UserData(new External(5, ExternalEncoding.SingleAsn1Type, [0x05, 0x00])).Profile());
    }

    [Fact]
    public void Lists_are_copied_and_compare_by_value()
    {
        List<string> servers = ["a"];
        TransOpen message = new(1, servers, 0);
        servers.Add("b");

        Assert.Equal(new TransOpen(1, ["a"], 0), message);
        Assert.Equal(new TransOpen(1, ["a", "c"], 0), message with { Servers = ["a", "c"] });
        Assert.NotEqual(new TransOpen(1, ["b"], 0), message);
    }

    [Fact]
    public void What_every_commitment_says_allocates_little()
    {
        byte[] ready = Family.Encode(new Ready("tokyo.files", Action, Branch));
        byte[] data = Family.Encode(new Data(65_793, new ReadyRi()));
        Allocated(ready);
        Allocated(data);

        Assert.InRange(Allocated(ready), 1, 400);
        Assert.InRange(Allocated(data), 1, 200);
    }

    private static long Allocated(byte[] frame)
    {
        const int Rounds = 100;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
        {
            _ = frame[0] == 0xA6 ? (object?)LinkMessage.Decode(frame, out _) : SessionMessage.Decode(frame, out _);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    }

    private static SessionMessage Again(SessionMessage message)
    {
        SessionMessage? again = SessionMessage.Decode(Family.Encode(message), out BerStatus status);
        Assert.True(again is not null, status.ToString());
        return again;
    }

    private static BerError Refused(SessionMessage message)
    {
        Assert.Null(SessionMessage.Decode(Family.Encode(message), out BerStatus status));
        return status.Error;
    }
}
