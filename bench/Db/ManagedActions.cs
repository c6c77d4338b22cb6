using System.Data.Common;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;

namespace Ccr.Bench.Db;

/// <summary>The work as an atomic action over both databases, managed mode.</summary>
internal sealed class ManagedActions(CcrClient client, XaDatabase[] databases, CloseAnswer answer)
{
    internal async Task RunAsync(int row)
    {
        await using AtomicAction action = await client.OpenAsync();
        XaConnection orders = await action.OpenAsync(databases[0]);
        XaConnection stock = await action.OpenAsync(databases[1]);
        await ExecuteAsync(orders, DbParties.UpdateOf(row));
        await ExecuteAsync(stock, DbParties.UpdateOf(row));
        CcrOutcome outcome = await action.TransCloseAsync(answer);
        if (!outcome.IsCommitted || outcome.Damages.Count > 0)
        {
            throw new InvalidOperationException($"The action ended otherwise: {outcome}.");
        }
    }

    private static async Task ExecuteAsync(DbConnection connection, string text)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }
}
