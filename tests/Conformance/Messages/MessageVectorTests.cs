using Ccr.Asn1;
using Ccr.Conformance.Support;

namespace Ccr.Conformance.Messages;

/// <summary>The lines of asn1/vectors/ccr-messages.txt: what anyone can check a codec of their own with.</summary>
public sealed class MessageVectorTests
{
    internal static IReadOnlyList<(string Module, byte[] Octets, string Json)> Vectors { get; } =
    [
        .. File.ReadLines(ScratchFolder.Beside("vectors", "ccr-messages.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 3))
            .Select(part => (part[0], Convert.FromHexString(part[1]), part[2])),
    ];

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Every_alternative_has_a_vector_that_both_codecs_make(string module)
    {
        Family family = Family.Of(module);
        List<string> alternatives = [];
        foreach ((_, byte[] octets, string json) in Vectors.Where(vector => vector.Module == module))
        {
            var value = (Asn1Choice)Asn1Schema.Ccr.FromJson(module, family.TypeName, json);
            alternatives.Add(value.Alternative.Name);

            Assert.Equal(Convert.ToHexString(octets), Convert.ToHexString(Asn1Schema.Encode(value)));
            Assert.Equal(Convert.ToHexString(octets), Convert.ToHexString(Family.Encode(family.Decode(octets))));
            Assert.Equal(json, Asn1Schema.Ccr.Decode(module, family.TypeName, octets).ToJson()!.ToJsonString());
        }

        Assert.Equal(family.Type.Components.Select(component => component.Name), alternatives);
    }
}
