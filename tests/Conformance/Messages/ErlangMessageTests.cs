using Ccr.Asn1;
using Ccr.Conformance.Support;

namespace Ccr.Conformance.Messages;

/// <summary>
/// Our own modules against Erlang's asn1ct: it decodes every value and encodes it to the same octets. With the tests
/// beside this one, three codecs agree: asn1ct, the one driven by the modules, and the messages' own.
/// </summary>
public sealed class ErlangMessageTests
{
    private const int Values = 2_000;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Erlang_decodes_and_encodes_our_messages_to_the_same()
    {
        using ScratchFolder scratch = new();
        await CompileAsync(scratch);
        MessageValues values = new(seed: 21);
        Dictionary<string, byte[][]> sent = [];
        List<string> arguments = ["-noshell", "-pa", scratch.Path, "-run", "frame_oracle", "main"];
        foreach ((string module, string type) in Asn1Schema.FrameTypes)
        {
            Asn1Type top = Asn1Schema.Ccr.Type(module, type);
            sent[module] =
            [
                .. MessageVectorTests.Vectors.Where(vector => InModule(vector, module, type)).Select(v => v.Octets),
                .. Enumerable.Range(0, Values).Select(_ => Asn1Schema.Encode(values.Next(top))),
            ];
            Items.Write(scratch[module + ".in"], sent[module]);
            arguments.AddRange([module, type, module + ".in", module + ".out"]);
        }

        await Tool.RunAsync(scratch.Path, "erl", [.. arguments]);

        foreach ((string module, byte[][] ours) in sent)
        {
            byte[][][] answers = [.. Items.Read(scratch[module + ".out"]).Chunk(2)];
            Assert.Equal(ours.Length, answers.Length);
            for (int i = 0; i < ours.Length; i++)
            {
                Assert.True(
                    ours[i].AsSpan().SequenceEqual(answers[i][0]),
                    $"{module}: ours {Convert.ToHexString(ours[i])}, theirs {Convert.ToHexString(answers[i][0])} "
                    + System.Text.Encoding.UTF8.GetString(answers[i][1]));
            }
        }
    }

    private static bool InModule((string Module, byte[] Octets, string Json) vector, string module, string type) =>
        vector.Module == module && type != "Log-record"; // those of CCR-Log are contents

    private static async Task CompileAsync(ScratchFolder scratch)
    {
        foreach (string module in scratch.CopyModules())
        {
            await Tool.RunAsync(scratch.Path, "erlc", "-I", ".", "+ber", module);
        }

        await Tool.RunAsync(scratch.Path, "erlc", ScratchFolder.Beside("erlang", "frame_oracle.erl"));
    }
}
