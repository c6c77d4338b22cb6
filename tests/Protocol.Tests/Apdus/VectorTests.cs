using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using Ccr.Protocol.Tests.Support;

namespace Ccr.Protocol.Tests.Apdus;

/// <summary>ccr-standard.md 2.4, octet by octet and value by value.</summary>
public sealed class VectorTests
{
    private static readonly AeTitle Title = AeTitle.FromCanonical(Convert.FromHexString("06078837CC4C030101"));
    private static readonly Suffix Sixteen = Suffix.OfOctets(Convert.FromHexString("00112233445566778899AABBCCDDEEFF"));
    private static readonly Suffix One = Suffix.OfInteger(1);

    private static readonly Dictionary<string, Apdu> Values = new()
    {
        ["initialize-ri-default"] = new InitializeRi(),
        ["initialize-ri-all"] = new InitializeRi(VersionNumber.Version2, (CcrRequirements)31, false),
        ["initialize-rc-default"] = new InitializeRc(),
        ["begin-ri-side"] = new BeginRi(PartyName.Sender, Sixteen, One),
        ["begin-ri-name"] = new BeginRi(PartyName.Of(Title), Sixteen, Suffix.OfOctets("b1"u8)),
        ["begin-rc"] = new BeginRc(),
        ["prepare-ri"] = new PrepareRi(),
        ["ready-ri"] = new ReadyRi(),
        ["commit-ri"] = new CommitRi(),
        ["commit-rc"] = new CommitRc(),
        ["rollback-ri"] = new RollbackRi(),
        ["rollback-rc"] = new RollbackRc(),
        ["cancel-ri"] = new CancelRi(),
        ["prepare-ri-userdata"] = new PrepareRi
        {
            User = new UserData(new External(5, ExternalEncoding.OctetAligned, "hi"u8)),
        },
        ["recover-ri-commit"] = new RecoverRi(
            PartyName.Sender, Sixteen, PartyName.Sender, One, RecoveryState.Commit),
        ["recover-rc-done"] = new RecoverRc(
            PartyName.Receiver, Sixteen, PartyName.Receiver, One, RecoveryState.Done),
        ["recover-ri-ready"] = new RecoverRi(
            PartyName.Of(Title), Sixteen, PartyName.Of(Title), One, RecoveryState.Ready),
        ["recover-rc-unknown"] = new RecoverRc(
            PartyName.Of(Title), Sixteen, PartyName.Of(Title), One, RecoveryState.Unknown),
        ["recover-rc-retry-reversed"] = new RecoverRc(
            PartyName.Of(Title), Sixteen, PartyName.Of(Title), One, RecoveryState.RetryLater, Reversed: true),
        ["nochange-ri-default"] = new NochangeRi(),
        ["nochange-ri-notreq"] = new NochangeRi(NochangeConfirmation.NotRequired),
        ["nochange-rc-committed"] = new NochangeRc(NochangeOutcome.Committed),
    };

    public static TheoryData<string> Names => [.. Values.Keys];

    [Fact]
    public void Every_vector_has_a_value_here_and_every_value_a_vector() =>
        Assert.Equal(Vectors.Read().Keys.Order(), Values.Keys.Order());

    [Theory, MemberData(nameof(Names))]
    public void The_octets_decode_to_the_value(string name)
    {
        Apdu? apdu = Apdu.Decode(Vectors.Read()[name], out BerStatus status);
        Assert.Equal(BerError.None, status.Error);
        Assert.Equal(Values[name], apdu);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_value_encodes_to_the_octets(string name)
    {
        BerWriter writer = new();
        Values[name].Write(writer);
        Assert.Equal(Convert.ToHexString(Vectors.Read()[name]), Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        BerWriter writer = new();
        long before = 0;
        for (int round = 0; round < 2; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            foreach (Apdu apdu in Values.Values)
            {
                writer.Reset();
                apdu.Write(writer);
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory, MemberData(nameof(Names))]
    public void Other_legal_forms_decode_to_the_same_value(string name)
    {
        for (int seed = 0; seed < 200; seed++)
        {
            byte[] loose = new LooseApdus(seed).Encode(Values[name]);
            Apdu? apdu = Apdu.Decode(loose, out BerStatus status);
            Assert.True(status.Ok, $"seed {seed}: {status} {Convert.ToHexString(loose)}");
            Assert.Equal(Values[name], apdu);
        }
    }

    // Written by hand, so that the other encoder of these tests is not the only witness.
    [Theory]
    [InlineData("begin-rc", "A2800000")]
    [InlineData("begin-rc", "A28400000000")]
    [InlineData("begin-rc", "A2049F816400")] // unknown context tag 228
    [InlineData("begin-rc", "A280BF228004016100009F23000000")] // unknown, indefinite inside indefinite
    [InlineData("initialize-ri-all", "AB80A104030203F88201000000")] // bits in one segment
    [InlineData("initialize-ri-all", "AB0C80020440810300F800820100")] // version spelt out, zero bits behind
    [InlineData("nochange-ri-default", "AD03800101")] // a default spelt out
    [InlineData("prepare-ri-userdata", "A380BE802880020105A1800401680401690000000000000000")]
    [InlineData(
        "begin-ri-side",
        "A180A080810100A28004080011223344556677240A04088899AABBCCDDEEFF0000" + "0000" + "83810101" + "0000")]
    public void Forms_written_by_hand_decode_to_the_same_value(string name, string hex)
    {
        Apdu? apdu = Apdu.Decode(Convert.FromHexString(hex), out BerStatus status);
        Assert.Equal(default, status);
        Assert.Equal(Values[name], apdu);
    }
}
