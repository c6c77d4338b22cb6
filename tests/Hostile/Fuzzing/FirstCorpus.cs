using Ccr.Asn1;
using Ccr.Conformance.Messages;
using Ccr.Hostile.Targets;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Hostile.Fuzzing;

/// <summary>What a fuzzer begins with: the vectors, the hostile ones, random values of the modules' types.</summary>
internal static class FirstCorpus
{
    private const int ValuesPerType = 60;
    private const int OctetsMax = 1_024;

    private static readonly (string Module, string Type)[] Types =
    [
        ("CCR", "CCR-APDUS"), ("CCR-Link", "Link-message"), ("CCR-Session", "Session-message"),
        ("CCR-Location", "Location-message"), ("CCR-Files", "Files-message"), ("CCR-Log", "Log-content"),
        ("CCR-Profile", "Profile-data"),
    ];

    /// <summary>Inputs with the decoder that each is for; the same for a seed.</summary>
    public static List<(int Decoder, byte[] Octets)> Of(int seed)
    {
        List<(int Decoder, byte[] Octets)> inputs = [.. HostileVectors.All().Select(v => (v.Decoder, v.Octets))];
        inputs.AddRange(Vectors("ccr-apdus.txt", fields => (0, fields[1])));
        inputs.AddRange(Vectors("ccr-messages.txt", fields => (NumberOf(fields[0]), fields[1])));
        MessageValues values = new(seed);
        for (int decoder = 0; decoder < Types.Length; decoder++)
        {
            Asn1Type type = Asn1Schema.Ccr.Type(Types[decoder].Module, Types[decoder].Type);
            for (int i = 0; i < ValuesPerType; i++)
            {
                Asn1Value value = values.Next(type);
                inputs.Add((decoder, Asn1Schema.Encode(i % 4 == 0 ? MessageValues.Extended(value) : value)));
            }
        }

        inputs.RemoveAll(i => i.Octets.Length > OctetsMax);
        AddCompound(inputs);
        return inputs;
    }

    private static int NumberOf(string module) => module switch
    {
        "CCR-Log" => 5,
        _ => Array.FindIndex(Types, t => t.Module == module),
    };

    private static List<(int, byte[])> Vectors(string file, Func<string[], (int Decoder, string Hex)> read) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", file))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => read(line.Split(' ', 3)))
            .Select(v => (v.Decoder, Convert.FromHexString(v.Hex)))];

    /// <summary>Records around contents, streams of frames, and segments of records.</summary>
    private static void AddCompound(List<(int Decoder, byte[] Octets)> inputs)
    {
        byte[][] records = [.. inputs.Where(i => i.Decoder == 5)
            .Select(i => LogContent.Decode(i.Octets, out _)).OfType<LogContent>()
            .Select((content, i) => Encoded(new LogRecord(LogSegment.Log, i + 1, content, i % 3 == 2 ? 1 : 0)))];
        inputs.AddRange(records.Select(r => (Decoders.LogRecordNumber, r)));
        byte[][] frames = [.. inputs.Where(i => i.Decoder < 5).Select(i => i.Octets).Where(o => o.Length < 200)];
        for (int i = 0; i + 5 < frames.Length; i += 5)
        {
            inputs.Add((Decoders.FramesNumber, [.. frames[i], .. frames[i + 1], .. frames[i + 2], .. frames[i + 3]]));
        }

        for (int first = 0; first < records.Length; first += 4)
        {
            inputs.Add((Decoders.SegmentNumber, LogImage.Of(records.Skip(first).Take(4))));
        }
    }

    private static byte[] Encoded(LogRecord record)
    {
        BerWriter writer = new();
        record.Write(writer);
        return writer.Written.ToArray();
    }
}
