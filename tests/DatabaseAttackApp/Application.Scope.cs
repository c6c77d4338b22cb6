using System.Transactions;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using Ccr.SystemTransactions;

namespace Ccr.DatabaseAttackApp;

/// <summary>The same work as a user of TransactionScope writes it, in managed mode.</summary>
internal sealed partial class Application
{
    internal async Task ScopeAsync(int row, CloseAnswer answer)
    {
        Script script = _scripts[row] = new Script("worked");
        string told;
        await using CcrTransactions ccr = new(
            _client, _databases, new CcrTransactionsOptions { Answer = answer });
        try
        {
            using (TransactionScope scope = new(TransactionScopeAsyncFlowOption.Enabled))
            {
                foreach (XaDatabase database in _databases)
                {
                    await using XaConnection connection = await ccr.OpenAsync(database.Name);
                    await ExecuteAsync(connection, Number($"UPDATE t SET v = v + 1 WHERE id = {row}"));
                }

                await script.AtAsync("worked");
                scope.Complete();
            }

            told = "committed";
        }
        catch (TransactionAbortedException failed)
        {
            told = $"rolledback {failed.InnerException?.Message ?? failed.Message}";
        }

        Words.Say($"told {row} {told}");
    }
}
