using System.Data.Common;
using Ccr.Resources.Xa;

namespace Ccr.SystemTransactions;

/// <summary>What can be seen of a database before it is used.</summary>
internal static class SourceCheck
{
    /// <summary>Npgsql and MySqlConnector enlist by themselves unless told not to: then two would decide.</summary>
    public static void DoesNotEnlist(XaDatabase database)
    {
        string driver = database.Source.GetType().Assembly.GetName().Name ?? "";
        string? setting = driver switch
        {
            "Npgsql" => "Enlist",
            "MySqlConnector" => "AutoEnlist",
            _ => null,
        };
        if (setting is null)
        {
            return;
        }

        DbConnectionStringBuilder settings = new() { ConnectionString = database.Source.ConnectionString };
        bool isOff = settings.TryGetValue(setting, out object? value)
            && bool.TryParse(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture), out bool on)
            && !on;
        if (!isOff)
        {
            throw new ArgumentException(
                $"The source of '{database.Name}' enlists by itself: write {setting}=false into its connection string. "
                + "(In assisted mode the application's own connections keep it on.)");
        }
    }

    /// <summary>Assisted mode knows the names that Npgsql gives.</summary>
    public static void IsAssistable(XaDatabase database)
    {
        if (database.Dialect is not PostgreSqlDialect)
        {
            throw new InvalidOperationException(
                $"'{database.Name}' is {database.Dialect.Product}, and assisted mode knows PostgreSQL with Npgsql "
                + "alone: drivers of others do not give the transaction's name to what they prepare. Open it through "
                + "Ccr (managed mode).");
        }
    }
}
