using Ccr.Hostile.Targets;
using Ccr.Protocol.Ber;

namespace Ccr.Hostile;

/// <summary>Every hostile vector gets its verdict, from its decoder and, without harm, from every other.</summary>
public sealed class ReplayTests
{
    public static TheoryData<string> Names => [.. HostileVectors.All().Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_vector_gets_its_verdict(string name)
    {
        HostileVector vector = HostileVectors.All().Single(v => v.Name == name);
        if (vector.Decoder < Decoders.MessageCount)
        {
            Decoders.Decode(vector.Decoder, vector.Octets, out BerStatus status);
            Assert.Equal(vector.Verdict, status.Ok ? "good" : status.Error.ToString());
        }

        for (int decoder = 0; decoder < Decoders.Names.Count; decoder++)
        {
            byte[] octets = [.. vector.Octets];
            Decoders.Run(decoder, octets, octets.Length);
            Assert.Null(Decoders.Complaint(decoder, octets, octets.Length));
        }
    }

    [Fact]
    public void No_octets_at_all_are_truncated()
    {
        for (int decoder = 0; decoder < Decoders.MessageCount; decoder++)
        {
            Assert.Null(Decoders.Decode(decoder, [], out BerStatus status));
            Assert.Equal(BerError.Truncated, status.Error);
        }
    }
}
