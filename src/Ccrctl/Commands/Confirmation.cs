using System.CommandLine;

namespace Ccr.Ccrctl.Commands;

/// <summary>
/// Asks twice before a promise is broken (SEM-4): first the identifier is to be typed, then the word for what will be
/// done. Without a person at the terminal both --yes and --i-know are needed.
/// </summary>
internal sealed class Confirmation
{
    public Option<bool> Yes { get; } = new("--yes") { Description = "do not ask the first time" };

    public Option<bool> IKnow { get; } = new("--i-know") { Description = "do not ask the second time either" };

    public void AddTo(Command command)
    {
        command.Add(Yes);
        command.Add(IKnow);
    }

    /// <summary>Returns when both questions are answered; otherwise nothing is done.</summary>
    /// <exception cref="CommandFailedException">An answer was another, or nobody can be asked.</exception>
    public void Require(ParseResult parse, Terminal terminal, string what, string subject, string word)
    {
        terminal.Error.WriteLine(what);
        Ask(terminal, parse.GetValue(Yes), $"To go on, type {subject}: ", subject);
        Ask(terminal, parse.GetValue(IKnow), $"This cannot be taken back. To do it, type {word}: ", word);
    }

    private static void Ask(Terminal terminal, bool answered, string question, string expected)
    {
        if (answered)
        {
            return;
        }

        if (!terminal.IsInteractive)
        {
            throw new CommandFailedException(
                ExitCodes.Usage, "Nothing was done: without a terminal to ask at, give both --yes and --i-know.");
        }

        terminal.Error.Write(question);
        if (terminal.Input.ReadLine()?.Trim() != expected)
        {
            throw new CommandFailedException(ExitCodes.Refused, "Nothing was done: the answer was another.");
        }
    }
}
