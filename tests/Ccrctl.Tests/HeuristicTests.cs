using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Tests;

/// <summary>Whoever breaks a promise is asked twice (SEM-4).</summary>
public sealed class HeuristicTests
{
    private readonly Shell _shell = new();

    [Theory]
    [InlineData("resolve tokyo:3.42 --commit")]
    [InlineData("resolve tokyo:3.42 --commit --yes")]
    [InlineData("resolve tokyo:3.42 --commit --i-know")]
    [InlineData("forget tokyo:3.42 --yes")]
    [InlineData("node reset osaka --i-know")]
    public async Task Without_a_terminal_both_flags_are_needed(string line)
    {
        await using FakeManager manager = new(Obey);
        Assert.Equal(ExitCodes.Usage, await _shell.RunAsync(["--data", manager.Folder, .. line.Split(' ')]));
        Assert.Empty(manager.Asked);
        Assert.Contains("both --yes and --i-know", _shell.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_both_flags_the_order_is_given()
    {
        await using FakeManager manager = new(Obey);
        int code = await _shell.RunAsync(
            "--data", manager.Folder, "resolve", "tokyo:3.42", "--rollback", "--branch", "osaka:i1", "--yes",
            "--i-know");
        Assert.Equal(ExitCodes.Done, code);
        Resolve order = Assert.IsType<Resolve>(Assert.Single(manager.Asked));
        Assert.Equal(("tokyo:3.42", "osaka:i1", Decision.Rollback),
            (order.Action.ToString(), order.Branch?.ToString(), order.Decision));
        Assert.Equal(Environment.UserName, order.Operator);
        Assert.Contains("it is done", _shell.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokyo:3.42\ncommit\n", ExitCodes.Done, 1)]
    [InlineData("tokyo:3.42\nyes\n", ExitCodes.Refused, 0)]
    [InlineData("tokyo:3.43\ncommit\n", ExitCodes.Refused, 0)]
    [InlineData("", ExitCodes.Refused, 0)]
    public async Task At_a_terminal_the_identifier_and_the_word_are_typed(string answers, int exitCode, int orders)
    {
        await using FakeManager manager = new(Obey);
        int code = await _shell.AnswerAsync(answers, "--data", manager.Folder, "resolve", "3.42", "--commit");
        Assert.Equal(exitCode, code);
        Assert.Equal(orders, manager.Asked.Count);
        Assert.Contains("nothing repairs it by itself", _shell.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_order_is_1_with_the_managers_sentence()
    {
        await using FakeManager manager = new(m => new RequestRefused(
            ((IReferenceMessage)m).Reference, new Refusal(RefusalCode.WrongState, "It is not in doubt.")));
        int code = await _shell.RunAsync("--data", manager.Folder, "forget", "tokyo:3.42", "--yes", "--i-know");
        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("It is not in doubt.", _shell.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_without_an_answer_is_4_for_it_may_have_been_carried_out()
    {
        await using FakeManager manager = new(_ => null);
        int code = await _shell.RunAsync("--data", manager.Folder, "node", "reset", "osaka", "--yes", "--i-know");
        Assert.Equal(ExitCodes.Unknown, code);
        Assert.IsType<ResetNode>(Assert.Single(manager.Asked));
    }

    private static SessionMessage? Obey(SessionMessage message) =>
        new Accomplished(((IReferenceMessage)message).Reference, "it is done");
}
