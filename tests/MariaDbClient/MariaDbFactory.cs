using System.Data.Common;

namespace Ccr.MariaDbClient;

/// <summary>The factory of this test driver.</summary>
public sealed class MariaDbFactory : DbProviderFactory
{
    /// <summary>The one factory.</summary>
    public static readonly MariaDbFactory Instance = new();

    private MariaDbFactory()
    {
    }

    /// <inheritdoc/>
    public override DbConnection CreateConnection() => new MariaDbConnection();

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => new MariaDbCommand();

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new MariaDbParameter();

    /// <inheritdoc/>
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new();
}
