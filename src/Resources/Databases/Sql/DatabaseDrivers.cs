using System.Data.Common;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>Opens databases by what their registration says: kind, driver, connection string.</summary>
internal sealed class DatabaseDrivers(IReadOnlyDictionary<string, DbProviderFactory> own, TimeProvider time)
{
    /// <summary>The kind of PostgreSQL databases.</summary>
    public const string PostgreSql = "postgresql";

    /// <summary>The kind of MySQL and MariaDB databases.</summary>
    public const string MySql = "mysql";

    /// <summary>The kind as it is written here; null where there is none of this name.</summary>
    public static string? KindOf(string text) => text.ToLowerInvariant() switch
    {
        PostgreSql or "postgres" => PostgreSql,
        MySql or "mariadb" => MySql,
        _ => null,
    };

    /// <summary>A database that is not connected to yet.</summary>
    /// <exception cref="DriverException">There is no such driver; the message says what to do.</exception>
    public IDatabase Open(DatabaseDefinition definition, NodeName node)
    {
        XaDialect dialect = definition.Kind == MySql ? MySqlDialect.Instance : PostgreSqlDialect.Instance;
        DbProviderFactory factory = FactoryOf(definition);
        string connection = Tuned(factory, definition, node);
        return new SqlDatabase(dialect, () => Make(factory, connection), time);
    }

    private DbProviderFactory FactoryOf(DatabaseDefinition definition) => definition.Driver.Length > 0
        ? DriverLoader.Load(definition.Driver, definition.Path.Length > 0 ? definition.Path : null)
        : own.TryGetValue(definition.Kind, out DbProviderFactory? factory) ? factory
        : throw new DriverException(
            $"This manager has no driver of its own for {definition.Kind}: name one, 'TYPE, ASSEMBLY', for example "
            + "'MySqlConnector.MySqlConnectorFactory, MySqlConnector', with the path of its file.");

    private static DbConnection Make(DbProviderFactory factory, string connection)
    {
        DbConnection made = factory.CreateConnection() ?? throw new DriverException(
            $"{factory.GetType().Name} makes no connections: it is no whole driver.");
        made.ConnectionString = connection;
        return made;
    }

    /// <summary>The manager keeps its connections itself, and takes part in no System.Transactions scope.</summary>
    private static string Tuned(DbProviderFactory factory, DatabaseDefinition definition, NodeName node)
    {
        try
        {
            if (factory.CreateConnectionStringBuilder() is not { } builder)
            {
                return definition.Connection;
            }

            builder.ConnectionString = definition.Connection;
            TrySet(builder, "Pooling", false);
            TrySet(builder, "Enlist", false);
            TrySet(builder, "AutoEnlist", false);
            TrySet(builder, "Application Name", $"ccr-manager {node}");
            return builder.ConnectionString;
        }
        catch (ArgumentException e)
        {
            throw new DriverException($"The connection string of {definition.Name} is not understood: {e.Message}", e);
        }
    }

    /// <summary>False where the driver knows no such word.</summary>
    private static bool TrySet(DbConnectionStringBuilder builder, string word, object value)
    {
        try
        {
            builder[word] = value;
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
