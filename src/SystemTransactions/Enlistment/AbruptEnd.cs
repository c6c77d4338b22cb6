using System.Data.Common;
using System.Diagnostics;
using System.Transactions;
using Ccr.Client;
using Ccr.Resources.Xa;

namespace Ccr.SystemTransactions;

/// <summary>
/// A rollback that comes from elsewhere (a timeout, another thread, an inner scope) meets an application that still
/// works. A ROLLBACK on its connection would fail beside a running statement; and after it the next statement would be
/// committed by itself. So the database is told to end the connection: what was done in it is undone, and nothing more
/// can be.
/// </summary>
internal static class AbruptEnd
{
    /// <summary>
    /// True when the caller is the end of the outermost scope, after which nobody works in it. Asked in a rollback
    /// only. Where it cannot be seen, the answer is the safe one.
    /// </summary>
    public static bool IsEndOfScope(Transaction transaction)
    {
        if (transaction.Equals(Transaction.Current))
        {
            return false;
        }

        StackTrace stack = new(fNeedFileInfo: false);
        return stack.GetFrames().Any(f => f.GetMethod() is { Name: nameof(TransactionScope.Dispose) } method
            && method.DeclaringType == typeof(TransactionScope));
    }

    /// <summary>Ends the connections of these branches; what cannot be ended is logged.</summary>
    public static async Task EndAsync(AtomicAction action, IEnumerable<XaDatabase> databases, Action<string> log)
    {
        foreach (XaDatabase database in databases)
        {
            if (action.Find(database.Name) is XaBranch branch && BranchNote.TryParse(branch.Note, out BranchNote note)
                && note.Backend != 0 && branch.Connection.Inner.State == System.Data.ConnectionState.Open
                && await HasEndedAsync(database, note.Backend, log).ConfigureAwait(false))
            {
                branch.ConnectionWasEnded();
            }
        }
    }

    private static async Task<bool> HasEndedAsync(XaDatabase database, int backend, Action<string> log)
    {
        try
        {
            DbConnection other = await database.Source.OpenConnectionAsync().ConfigureAwait(false);
            await using (other.ConfigureAwait(false))
            {
                return await database.Dialect.EndBackendAsync(other, backend).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (XaDialect.IsOfDriver(e))
        {
            log($"A statement at {database.Name} could not be ended for a rollback; it ends by itself. {e.Message}");
            return false;
        }
    }
}
