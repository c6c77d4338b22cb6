using Microsoft.Extensions.Logging;

namespace Ccr.Resources.Databases;

/// <summary>What a node's databases say to people.</summary>
internal static partial class DatabasesLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Database {Name}: {Sentence}")]
    public static partial void Failed(ILogger logger, string name, string sentence);

    [LoggerMessage(Level = LogLevel.Information, Message = "Database {Name} answers again.")]
    public static partial void IsWell(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Database {Name} ({Kind}) is served.")]
    public static partial void Served(ILogger logger, string name, string kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Database {Name}: no session with the manager: {Reason}")]
    public static partial void NoSession(ILogger logger, string name, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Database {Name}: {Manager} says that {Branch} is not its own; it is left alone (SEM-3).")]
    public static partial void NotMine(ILogger logger, string name, string manager, string branch);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "Database {Name}: {Operator} {Deed} the branch {Branch} by hand.")]
    public static partial void ByHand(ILogger logger, string name, string @operator, string deed, string branch);
}
