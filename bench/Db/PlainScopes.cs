using System.Transactions;
using Npgsql;

namespace Ccr.Bench.Db;

/// <summary>Scopes with Npgsql alone: it enlists by itself, and nobody keeps a decision.</summary>
internal sealed class PlainScopes(DbParties parties)
{
    private const string Pool = "Enlist=true;Maximum Pool Size=80";
    private readonly string _orders = parties.ConnectionString(0, Pool);
    private readonly string _stock = parties.ConnectionString(1, Pool);

    internal static TransactionScope NewScope() => new(
        TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted });

    internal void RunTwo(int row)
    {
        using TransactionScope scope = NewScope();
        UpdateBoth(row);
        scope.Complete();
    }

    internal void RunOne(int row)
    {
        using TransactionScope scope = NewScope();
        Update(_orders, row);
        scope.Complete();
    }

    internal void UpdateBoth(int row)
    {
        Update(_orders, row);
        Update(_stock, row);
    }

    private static void Update(string connectionString, int row)
    {
        using NpgsqlConnection connection = new(connectionString);
        connection.Open();
        using NpgsqlCommand command = new(DbParties.UpdateOf(row), connection);
        command.ExecuteNonQuery();
    }
}
