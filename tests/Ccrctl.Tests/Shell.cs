namespace Ccr.Ccrctl.Tests;

/// <summary>Runs command lines in this process and keeps what they print.</summary>
internal sealed class Shell
{
    public StringWriter Output { get; } = new();

    public StringWriter Error { get; } = new();

    public Task<int> RunAsync(params string[] args) => RunAsync(args, "", interactive: false);

    public Task<int> AnswerAsync(string answers, params string[] args) => RunAsync(args, answers, interactive: true);

    private Task<int> RunAsync(string[] args, string answers, bool interactive) => CommandLine.RunAsync(
        args, new Terminal(Output, Error, new StringReader(answers), interactive), CancellationToken.None);
}
