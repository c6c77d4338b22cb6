using System.Data.Common;

namespace Ccr.MariaDbClient;

/// <summary>An error that the server sent, or (number 0, no SQLSTATE) a connection that was lost.</summary>
public sealed class MariaDbException : DbException
{
    internal MariaDbException(int number, string sqlState, string message)
        : base(message)
    {
        Number = number;
        SqlState = sqlState;
    }

    internal MariaDbException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The server's error number.</summary>
    public int Number { get; }

    /// <inheritdoc/>
    public override string? SqlState { get; }
}
