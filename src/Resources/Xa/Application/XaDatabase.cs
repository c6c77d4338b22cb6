using System.Data.Common;
using Ccr.Protocol;

namespace Ccr.Resources.Xa;

/// <summary>A database of this node, as the application reaches it.</summary>
public sealed class XaDatabase
{
    /// <summary>A database.</summary>
    /// <param name="name">As it is registered with the node's manager, which recovers its branches.</param>
    /// <param name="source">The driver's own source of connections; what enlists by itself has to be off.</param>
    /// <param name="dialect">Which kind of database it is.</param>
    /// <param name="time">The clock of waits; null for the system's.</param>
    public XaDatabase(string name, DbDataSource source, XaDialect dialect, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(dialect);
        if (System.Text.Encoding.UTF8.GetByteCount(name) > Limits.ServerNameOctetsMax)
        {
            throw new ArgumentException(
                $"The database's name '{name}' is longer than {Limits.ServerNameOctetsMax} octets.", nameof(name));
        }

        Name = name;
        Source = source;
        Dialect = dialect;
        Time = time ?? TimeProvider.System;
    }

    /// <summary>Its name, as its node's manager knows it.</summary>
    public string Name { get; }

    /// <summary>Where its connections come from.</summary>
    public DbDataSource Source { get; }

    /// <summary>Its kind.</summary>
    public XaDialect Dialect { get; }

    internal TimeProvider Time { get; }
}

/// <summary>How a branch begins at a database.</summary>
public sealed record XaOpenOptions
{
    /// <summary>Read-write, repeatable as the database has it.</summary>
    public static XaOpenOptions Default { get; } = new();

    /// <summary>The isolation level; unspecified: the database's own.</summary>
    public System.Data.IsolationLevel Isolation { get; init; } = System.Data.IsolationLevel.Unspecified;

    /// <summary>The branch only reads: it takes no part in the commitment, and is never prepared.</summary>
    public BranchMode Mode { get; init; } = BranchMode.ReadWrite;

    /// <summary>The thread that ends the action waits for it, as the end of a TransactionScope does.</summary>
    internal bool EndBlocks { get; init; }
}
