using System.Text.Json.Nodes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Tests;

/// <summary>status, list, show and trace against a manager whose answers are known.</summary>
public sealed class QuestionTests
{
    private static readonly NodeName Osaka = NodeName.Parse("osaka");
    private static readonly AtomicActionId Action =
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(3, 42));

    private static readonly BranchId Branch = new(AeTitle.Of(Osaka), Suffix.OfInteger(1));
    private static readonly Damage Mixed = new(Osaka, Branch, DamageKind.Mix, DamageTaken.RolledBack, "by hand");

    private readonly Shell _shell = new();

    [Fact]
    public async Task Status_says_who_the_manager_is()
    {
        await using FakeManager manager = new(Answer());
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("--data", manager.Folder, "status"));
        Assert.All(
            new[] { "node tokyo, epoch 3", "committed", "tokyo.files", "not connected" },
            word => Assert.Contains(word, _shell.Output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Status_as_json_keeps_every_number()
    {
        await using FakeManager manager = new(Answer());
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("--data", manager.Folder, "status", "--json"));
        JsonNode status = JsonNode.Parse(_shell.Output.ToString())!;
        Assert.Equal(3, status["identity"]!["epoch"]!.GetValue<int>());
        Assert.Equal(12, status["counters"]!["committed"]!.GetValue<long>());
        Assert.Equal("osaka", status["peers"]![0]!["identity"]!["node"]!.GetValue<string>());
    }

    [Fact]
    public async Task List_asks_for_what_was_asked_for()
    {
        await using FakeManager manager = new(Answer());
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("--data", manager.Folder, "list", "--held", "--limit", "7"));
        AskActions asked = Assert.IsType<AskActions>(Assert.Single(manager.Asked));
        Assert.Equal((null, true, 7), (asked.Action, asked.Held, asked.Limit));
        Assert.Contains("tokyo:3.42", _shell.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 of 9", _shell.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_takes_the_short_form_and_ends_with_5_when_there_is_damage()
    {
        await using FakeManager manager = new(Answer());
        Assert.Equal(ExitCodes.Damage, await _shell.RunAsync("--data", manager.Folder, "show", "3.42"));
        Assert.Equal(Action, Assert.IsType<AskActions>(Assert.Single(manager.Asked)).Action);
        Assert.Contains("DAMAGE   mix at osaka", _shell.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_without_a_record_is_1()
    {
        await using FakeManager manager = new(m => new Actions(((AskActions)m).Reference, 0, []));
        Assert.Equal(ExitCodes.Refused, await _shell.RunAsync("--data", manager.Folder, "show", "tokyo:3.43"));
        Assert.Contains("has no record of tokyo:3.43", _shell.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_action_is_2_and_is_not_asked_for()
    {
        await using FakeManager manager = new(Answer());
        Assert.Equal(ExitCodes.Usage, await _shell.RunAsync("--data", manager.Folder, "show", "tokyo;3"));
        Assert.Empty(manager.Asked);
    }

    [Fact]
    public async Task Trace_draws_what_answered_and_names_what_did_not()
    {
        await using FakeManager manager = new(Answer());
        Assert.Equal(ExitCodes.Done, await _shell.RunAsync("--data", manager.Folder, "trace", "tokyo:3.42"));
        Assert.Contains("├── TransOpen ─", _shell.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("No answer from osaka.", _shell.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manager_that_dies_before_it_answers_is_3()
    {
        await using FakeManager manager = new(_ => null);
        Assert.Equal(ExitCodes.Unreachable, await _shell.RunAsync("--data", manager.Folder, "status"));
        Assert.Contains("ended before it answered", _shell.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manager_that_answers_something_else_is_3()
    {
        await using FakeManager manager = new(m => new Accomplished(((IReferenceMessage)m).Reference, "what?"));
        Assert.Equal(ExitCodes.Unreachable, await _shell.RunAsync("--data", manager.Folder, "status"));
        Assert.Contains("which was not asked for", _shell.Error.ToString(), StringComparison.Ordinal);
    }

    private static Func<SessionMessage, SessionMessage?> Answer() => message => message switch
    {
        AskStatus ask => new Status(
            ask.Reference, FakeManager.Identity, "0.1.0", 61_000, 2, "127.0.0.1:7101", [new Counter("committed", 12)],
            [new ServerStatus("tokyo.files", "files", 4, false)],
            [new PeerStatus(FakeManager.Identity with { Node = Osaka }, "127.0.0.1:7102", "connected")]),
        AskActions ask => new Actions(ask.Reference, 9, [new ActionStatus(
            Action, null, null, "committing", 1_500, Outcome.Committed,
            [new BranchStatus(Branch, "node osaka", "ready")],
            [Mixed], "")]),
        AskTrace ask => new Trace(
            ask.Reference,
            [new TraceEvent(Action, 1, FakeManager.Identity.Node, "client", "manager tokyo", "TransOpen")],
            [Osaka]),
        _ => null,
    };
}
