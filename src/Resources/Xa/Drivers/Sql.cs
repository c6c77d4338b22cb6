using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Ccr.Resources.Xa;

/// <summary>
/// Short forms of what ADO.NET says at length. With <c>blocks</c> the driver's synchronous calls are used, and the task
/// is over when it is returned.
/// </summary>
internal static class Sql
{
    internal static async Task ExecuteAsync(
        DbConnection connection, string text, CancellationToken cancel, bool blocks = false)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = text;
            _ = blocks ? command.ExecuteNonQuery() : await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }
    }

    internal static async Task<object?> ScalarAsync(
        DbConnection connection, string text, CancellationToken cancel, bool blocks = false)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = text;
            object? value =
                blocks ? command.ExecuteScalar() : await command.ExecuteScalarAsync(cancel).ConfigureAwait(false);
            return value is DBNull ? null : value;
        }
    }

    internal static async Task<List<T>> RowsAsync<T>(
        DbConnection connection, string text, Func<DbDataReader, T> read, CancellationToken cancel)
    {
        List<T> rows = [];
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = text;
            DbDataReader reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    rows.Add(read(reader));
                }
            }
        }

        return rows;
    }

    /// <summary>A column as text; empty for NULL.</summary>
    internal static string Text(this DbDataReader reader, int column) => reader.IsDBNull(column)
        ? ""
        : reader.GetValue(column) is byte[] octets ? Encoding.Latin1.GetString(octets)
        : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture) ?? "";

    /// <summary>A column as a number; 0 for NULL.</summary>
    internal static long Number(this DbDataReader reader, int column) => reader.IsDBNull(column)
        ? 0
        : Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture);
}
