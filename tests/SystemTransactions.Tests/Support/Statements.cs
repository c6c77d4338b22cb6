using System.Data.Common;
using System.Transactions;

namespace Ccr.SystemTransactions.Tests;

internal static class Statements
{
    internal static async Task RunAsync(this DbConnection connection, string sql)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    internal static async Task<string> AskAsync(this DbConnection connection, string sql)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync()) ?? "";
    }

    internal static Task<TransactionStatus> EndOfAsync(Transaction transaction)
    {
        TaskCompletionSource<TransactionStatus> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        transaction.TransactionCompleted += (_, e) => ended.TrySetResult(e.Transaction!.TransactionInformation.Status);
        return ended.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}

/// <summary>A participant of another kind: a cache, for example.</summary>
internal sealed class Cache : IEnlistmentNotification
{
    public Action OnPrepare { get; init; } = static () => { };

    public Action OnCommit { get; init; } = static () => { };

    public string Ended { get; private set; } = "";

    public void Prepare(PreparingEnlistment preparingEnlistment)
    {
        OnPrepare();
        preparingEnlistment.Prepared();
    }

    public void Commit(Enlistment enlistment)
    {
        OnCommit();
        Ended = "committed";
        enlistment.Done();
    }

    public void Rollback(Enlistment enlistment)
    {
        Ended = "rolled back";
        enlistment.Done();
    }

    public void InDoubt(Enlistment enlistment)
    {
        Ended = "in doubt";
        enlistment.Done();
    }
}

/// <summary>A resource that wants to be the last one, or the coordinator.</summary>
internal sealed class Durable : ISinglePhaseNotification
{
    public void SinglePhaseCommit(SinglePhaseEnlistment singlePhaseEnlistment) => singlePhaseEnlistment.Committed();

    public void Prepare(PreparingEnlistment preparingEnlistment) => preparingEnlistment.Prepared();

    public void Commit(Enlistment enlistment) => enlistment.Done();

    public void Rollback(Enlistment enlistment) => enlistment.Done();

    public void InDoubt(Enlistment enlistment) => enlistment.Done();
}
