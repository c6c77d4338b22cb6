namespace Ccr.Ccrctl;

/// <summary>What ccrctl's exit code means; printed by --help, and a promise to scripts.</summary>
public static class ExitCodes
{
    /// <summary>Done; for run: committed.</summary>
    public const int Done = 0;

    /// <summary>Rolled back, refused, or not known.</summary>
    public const int Refused = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The node cannot be reached.</summary>
    public const int Unreachable = 3;

    /// <summary>The outcome is unknown: ask again with "show".</summary>
    public const int Unknown = 4;

    /// <summary>Damage was found: in the log, or reported by a branch.</summary>
    public const int Damage = 5;

    /// <summary>The table that --help ends with.</summary>
    public const string Help = """
        Exit codes:
          0  done (run: committed)
          1  rolled back, refused, or not known
          2  the command line is wrong
          3  the node cannot be reached
          4  the outcome is unknown: ask again with show
          5  damage was found, in the log or by a branch

        """;
}

/// <summary>Ends a command with a sentence for the user and an exit code.</summary>
public sealed class CommandFailedException(int exitCode, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
