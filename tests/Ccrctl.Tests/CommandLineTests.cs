namespace Ccr.Ccrctl.Tests;

/// <summary>What a user sees who types it wrong, or asks for help.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _empty = Directory.CreateTempSubdirectory("ccrctl-");
    private readonly Shell _shell = new();

    public void Dispose() => _empty.Delete(recursive: true);

    [Fact]
    public async Task Help_lists_commands_and_exit_codes()
    {
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("--help"));
        string help = _shell.Output.ToString();
        Assert.All(
            new[] { "status", "list", "show", "trace", "locate", "resolve", "forget", "node", "Exit codes:" },
            word => Assert.Contains(word, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no-such-command")]
    [InlineData("show")]
    [InlineData("list --limit many")]
    [InlineData("resolve tokyo:1.1")]
    [InlineData("resolve tokyo:1.1 --commit --rollback")]
    public async Task A_wrong_command_line_is_2_and_points_at_help(string line)
    {
        Assert.Equal(ExitCodes.Usage, await _shell.RunAsync(line.Split(' ')));
        Assert.Contains("--help", _shell.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_shell.Output.ToString());
    }

    [Theory]
    [InlineData("status")]
    [InlineData("list")]
    [InlineData("show tokyo:1.1")]
    [InlineData("locate tokyo.files")]
    public async Task A_node_that_is_not_there_is_3_in_one_sentence(string line)
    {
        string[] args = ["--data", _empty.FullName, .. line.Split(' ')];
        Assert.Equal(ExitCodes.Unreachable, await _shell.RunAsync(args));
        Assert.Contains("Is the service started", _shell.Error.ToString(), StringComparison.Ordinal);
    }
}
