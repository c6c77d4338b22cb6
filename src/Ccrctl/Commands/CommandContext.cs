using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Commands;

/// <summary>What every command shares: its terminal, and the options --data and --json.</summary>
internal sealed class CommandContext(Terminal terminal)
{
    public Terminal Terminal { get; } = terminal;

    public Option<string?> Data { get; } = new("--data")
    {
        Description = $"the node's data folder; else ${NodeChoice.Variable}, ., ./data or the one node in ./data",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "print JSON, for programs",
        Recursive = true,
    };

    public bool WantsJson(ParseResult parse) => parse.GetValue(Json);

    public NodeLayout Node(ParseResult parse) => NodeChoice.Of(parse.GetValue(Data));

    /// <summary>An argument that names an action: "tokyo:3.42", or "3.42" for one that this node owns.</summary>
    public static Argument<string> ActionArgument() => new("ID")
    {
        Description = "the atomic action, as list prints it: tokyo:3.42 (or 3.42 for one of the node's own)",
    };

    public static AtomicActionId ActionOf(ParseResult parse, Argument<string> argument, NodeName owner)
    {
        string text = parse.GetRequiredValue(argument);
        return TryParse(text, owner, out AtomicActionId? action)
            ? action
            : throw new CommandFailedException(
                ExitCodes.Usage, $"'{text}' is no atomic action: write it as list does, for example {owner}:3.42.");
    }

    private static bool TryParse(string text, NodeName owner, [NotNullWhen(true)] out AtomicActionId? action) =>
        AtomicActionId.TryParse(text.Contains(':', StringComparison.Ordinal) ? text : $"{owner}:{text}", out action);
}
