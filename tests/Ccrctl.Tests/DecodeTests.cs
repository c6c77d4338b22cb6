using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Tests;

/// <summary>decode and encode: there and back again.</summary>
public sealed class DecodeTests : IDisposable
{
    private static readonly AtomicActionId Action =
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(3, 42));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ccrctl-");
    private readonly Shell _shell = new();

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string, string> Frames => new()
    {
        { "CCR-Session", Hex(new TransOpen(7, ["tokyo.files", "osaka.files"], 0)) },
        { "CCR-Session", Hex(new OutcomeIs(9, Action, Outcome.Committed, [])) },
        { "CCR-Link", Hex(new TraceRequest(4, Action)) },
        { "CCR-Location", Hex(new LookUp(1, "osaka.files", true, false)) },
        { "CCR-Files", Hex(new FilesRequest(5, Action, 2, "accounts/alice", new ReadFile(true, 0, 100))) },
        { "CCR-Log", Hex(new LogRecord(new LogIdentity(77), 5, new OnePhaseServer("tokyo.files"))) },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task What_decode_prints_as_json_encode_takes_back(string module, string hex)
    {
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("decode", "--json", "--type", module, hex));
        string json = Path.Combine(_folder.FullName, "frames.json");
        await File.WriteAllTextAsync(json, _shell.Output.ToString());

        Shell back = new();
        Assert.Equal(ExitCodes.Done, await back.RunAsync("encode", "--file", json));
        Assert.Equal(hex, back.Output.ToString().Trim());
    }

    [Fact]
    public async Task A_file_of_frames_is_decoded_frame_by_frame()
    {
        byte[] two = [.. Convert.FromHexString(Hex(new AskStatus(1))), .. Convert.FromHexString(Hex(new AskStatus(2)))];
        string file = Path.Combine(_folder.FullName, "frames.ber");
        await File.WriteAllBytesAsync(file, two);
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("decode", "--file", file, "--type", "CCR-Session"));
        Assert.Equal(2, _shell.Output.ToString().Split("Session-message ::= ").Length - 1);
    }

    [Fact]
    public async Task Records_are_found_between_the_containers_octets()
    {
        byte[] record = Convert.FromHexString(Hex(new LogRecord(new LogIdentity(77), 5, new OnePhaseServer("a"))));
        byte[] segment = [.. new byte[5000], 0x30, 0x84, .. record, .. new byte[100], .. record, 0x30];
        string file = Path.Combine(_folder.FullName, "segment");
        await File.WriteAllBytesAsync(file, segment);
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("decode", "--json", "--file", file));
        Assert.Equal(2, _shell.Output.ToString().Split("Log-record").Length - 1);
    }

    [Fact]
    public async Task Hexadecimal_may_come_as_people_paste_it()
    {
        string hex = Hex(new AskStatus(1));
        string spaced = string.Join(' ', hex.Chunk(2).Select(pair => "0x" + new string(pair)));
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("decode", spaced, "--type", "CCR-Session"));
    }

    [Theory]
    [InlineData("zz", ExitCodes.Usage)]
    [InlineData("0", ExitCodes.Usage)]
    [InlineData("30ff", ExitCodes.Refused)]
    public async Task What_is_no_frame_is_refused_in_words(string hex, int exitCode)
    {
        Assert.Equal(exitCode, await _shell.RunAsync("decode", hex));
        Assert.NotEmpty(_shell.Error.ToString());
    }

    [Theory]
    [InlineData("{", ExitCodes.Usage)]
    [InlineData("", ExitCodes.Usage)]
    [InlineData("{\"type\":\"Log-record\"}", ExitCodes.Usage)]
    [InlineData("{\"module\":\"CCR-Nothing\",\"value\":1}", ExitCodes.Usage)]
    [InlineData("{\"module\":\"CCR-Log\",\"value\":1}", ExitCodes.Refused)]
    public async Task What_is_no_value_is_refused_in_words(string json, int exitCode)
    {
        string file = Path.Combine(_folder.FullName, "wrong.json");
        await File.WriteAllTextAsync(file, json);
        Assert.Equal(exitCode, await _shell.RunAsync("encode", "--file", file));
        Assert.NotEmpty(_shell.Error.ToString());
    }

    private static string Hex(IBerMessage message)
    {
        BerWriter writer = new();
        message.Write(writer);
        return Convert.ToHexStringLower(writer.Written);
    }
}
