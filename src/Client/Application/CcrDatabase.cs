namespace Ccr.Client;

/// <summary>A database as its node's manager reaches it.</summary>
/// <param name="Name">What branches at it are called by: unique on its node.</param>
/// <param name="Kind">"postgresql" or "mysql" (MariaDB too).</param>
/// <param name="Connection">The driver's connection string; kept by the manager, readable for its user alone.</param>
public sealed record CcrDatabase(string Name, string Kind, string Connection)
{
    /// <summary>Empty: the manager's own driver; else "TYPE, ASSEMBLY" of a DbProviderFactory.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Empty, or the file of the driver's assembly.</summary>
    public string Path { get; init; } = "";
}
