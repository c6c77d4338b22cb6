using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ccr.Ccrctl.FileSteps;

/// <summary>What a step of "run" does with its file.</summary>
public enum FileVerb
{
    /// <summary>Print the content.</summary>
    Read,

    /// <summary>Make the text the whole content.</summary>
    Write,

    /// <summary>Put the text at the end.</summary>
    Append,

    /// <summary>Remove the file.</summary>
    Delete,

    /// <summary>Add to the number that the file holds.</summary>
    Add,

    /// <summary>Go on only if the content is this text.</summary>
    Expect,

    /// <summary>Go on only if there is no such file.</summary>
    Missing,
}

/// <summary>One step of "run": SERVER:PATH VERB [ARGUMENT].</summary>
/// <param name="Server">The file Server's name.</param>
/// <param name="Path">The file, relative to the Server's root.</param>
/// <param name="Verb">What is done.</param>
/// <param name="Text">The text of write, append and expect; "@FILE" stands for a local file's content.</param>
/// <param name="Amount">The number of add.</param>
/// <param name="Least">The least that add may leave; null: no limit.</param>
public sealed record FileStep(
    string Server, string Path, FileVerb Verb, string Text = "", decimal Amount = 0, decimal? Least = null)
{
    /// <summary>How a step is written, for --help and for errors.</summary>
    public const string Grammar = """
        Each STEP is one quoted argument, SERVER:PATH VERB; all are done in their order, in one atomic action:
          read                  print the content
          write TEXT            TEXT becomes the content; a missing file is made
          append TEXT           TEXT becomes the last line of a file that is there
          delete                the file goes
          add N [min LEAST]     add N (may be negative) to the number in the file, refuse to go below LEAST
          expect TEXT           go on only if this is the content
          missing               go on only if there is no such file
        TEXT is the rest of the step, and a line break is put behind it; @FILE takes a local file as it is.
        When a step is refused, everything is rolled back. A deadlock is tried again as a new action.

        """;

    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    /// <summary>Server and path, as the user wrote them.</summary>
    public string Name => $"{Server}:{Path}";

    /// <summary>Reads a step, or says in <paramref name="error"/> what is wrong with it.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out FileStep? step, [NotNullWhen(false)] out string? error)
    {
        step = null;
        string[] words = text.Split(' ', 3, StringSplitOptions.TrimEntries);
        int colon = words[0].IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == words[0].Length - 1)
        {
            error = $"'{text}' does not start with SERVER:PATH, for example 'tokyo.files:accounts/alice read'.";
            return false;
        }

        string server = words[0][..colon];
        string path = words[0][(colon + 1)..];
        string verb = words.Length > 1 ? words[1] : "";
        string? rest = words.Length > 2 ? words[2] : null;
        (step, error) = verb switch
        {
            "read" => Plain(FileVerb.Read),
            "delete" => Plain(FileVerb.Delete),
            "missing" => Plain(FileVerb.Missing),
            "write" => WithText(FileVerb.Write),
            "append" => WithText(FileVerb.Append),
            "expect" => WithText(FileVerb.Expect),
            "add" => Addition(server, path, rest),
            "" => (null, $"'{text}' says nothing to do: read, write, append, delete, add, expect or missing."),
            _ => (null, $"'{verb}' is nothing to do: say read, write, append, delete, add, expect or missing."),
        };
        return (step is null) == (error is not null) && step is not null;

        (FileStep? Step, string? Error) Plain(FileVerb what) => rest is null
            ? (new FileStep(server, path, what), null)
            : (null, $"'{verb}' takes nothing behind it, but '{rest}' stands there.");

        (FileStep? Step, string? Error) WithText(FileVerb what) => rest is null
            ? (null, $"'{verb}' needs a text behind it, for example '{words[0]} {verb} 100'.")
            : (new FileStep(server, path, what, rest), null);
    }

    private static (FileStep? Step, string? Error) Addition(string server, string path, string? rest)
    {
        string[] words = (rest ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool shaped = words.Length is 1 || (words.Length is 3 && words[1] is "min" or "--min");
        decimal amount = 0;
        decimal least = 0;
        bool numbers = shaped && TryNumber(words[0], out amount)
            && (words.Length == 1 || TryNumber(words[2], out least));
        return numbers
            ? (new FileStep(server, path, FileVerb.Add, "", amount, words.Length == 1 ? null : least), null)
            : (null, $"'add {rest}' is not understood: write 'add 30', or 'add -30 min 0'.");
    }

    /// <summary>Reads a number as files hold it: digits, a sign, a decimal point.</summary>
    public static bool TryNumber(string text, out decimal number) =>
        decimal.TryParse(text, Number, CultureInfo.InvariantCulture, out number);
}
