using System.Data.Common;

namespace Ccr.Resources.Databases;

/// <summary>What an operator may set of a node's databases: the configuration section "Ccr".</summary>
public sealed class DatabasesOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Ccr";

    /// <summary>The databases, by the name that Clients use; more are registered by Clients and operators.</summary>
    public Dictionary<string, DatabaseOptions> Databases { get; } = new(StringComparer.Ordinal);

    /// <summary>Between two scans of a database with nothing to do; each is jittered by a fifth.</summary>
    public int ScanIntervalMs { get; set; } = 30_000;

    /// <summary>How many branches may be prepared at a time: settings that allow fewer are warned of.</summary>
    public int BranchesExpected { get; set; } = DatabaseLimits.BranchesExpected;

    /// <summary>The manager's own drivers, by kind: "postgresql", "mysql".</summary>
    public Dictionary<string, DbProviderFactory> Drivers { get; } = new(StringComparer.Ordinal);
}

/// <summary>One database, as it stands in the configuration.</summary>
public sealed class DatabaseOptions
{
    /// <summary>"postgresql" or "mysql".</summary>
    public string Kind { get; set; } = "postgresql";

    /// <summary>The driver's connection string.</summary>
    public string Connection { get; set; } = "";

    /// <summary>Empty: the manager's own driver; else "TYPE, ASSEMBLY" of a DbProviderFactory.</summary>
    public string Driver { get; set; } = "";

    /// <summary>Empty, or the file of that assembly.</summary>
    public string Path { get; set; } = "";
}
