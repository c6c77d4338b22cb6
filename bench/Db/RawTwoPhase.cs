using System.Globalization;
using Npgsql;

namespace Ccr.Bench.Db;

/// <summary>
/// The same work by hand, without any coordinator or log: PREPARE on both side by side, COMMIT PREPARED on both side by
/// side. What it costs to ask two databases; what a crash would leave, nobody could clear up.
/// </summary>
internal sealed class RawTwoPhase(NpgsqlDataSource[] sources)
{
    private long _names;

    internal async Task RunAsync(int row)
    {
        string name = Interlocked.Increment(ref _names).ToString("x", CultureInfo.InvariantCulture);
        await using NpgsqlConnection orders = await sources[0].OpenConnectionAsync();
        await using NpgsqlConnection stock = await sources[1].OpenConnectionAsync();
        await using NpgsqlTransaction first = await orders.BeginTransactionAsync();
        await using NpgsqlTransaction second = await stock.BeginTransactionAsync();
        await ExecuteAsync(orders, DbParties.UpdateOf(row));
        await ExecuteAsync(stock, DbParties.UpdateOf(row));
        await BothAsync(orders, stock, $"PREPARE TRANSACTION 'raw{name}'");
        await BothAsync(orders, stock, $"COMMIT PREPARED 'raw{name}'");
    }

    private static async Task BothAsync(NpgsqlConnection orders, NpgsqlConnection stock, string text)
    {
        Task first = ExecuteAsync(orders, text);
        Task second = ExecuteAsync(stock, text);
        await first;
        await second;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text)
    {
        await using NpgsqlCommand command = new(text, connection);
        await command.ExecuteNonQueryAsync();
    }
}
