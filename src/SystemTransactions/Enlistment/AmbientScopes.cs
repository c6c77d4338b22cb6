using System.Transactions;
using Ccr.Client;

namespace Ccr.SystemTransactions;

/// <summary>
/// Tells what sends requests, and what opens connections, which action a TransactionScope is: they look in
/// <see cref="CcrAmbient"/>. A scope in which Ccr does not take part yet is joined then: work at a service must not go
/// outside of it in silence.
/// </summary>
internal static class AmbientScopes
{
    private static readonly Lock Change = new();
    private static CcrTransactions[] s_live = [];
    private static bool s_isSource;

    public static void Add(CcrTransactions transactions)
    {
        lock (Change)
        {
            s_live = [.. s_live, transactions];
            if (!s_isSource)
            {
                s_isSource = true;
                CcrAmbient.AddSource(Find);
            }
        }
    }

    public static void Remove(CcrTransactions transactions)
    {
        lock (Change)
        {
            s_live = [.. s_live.Where(one => one != transactions)];
        }
    }

    private static AtomicAction? Find()
    {
        CcrTransactions[] live = Volatile.Read(ref s_live);
        if (live.Length == 0 || Transaction.Current is not { } transaction)
        {
            return null;
        }

        CcrTransactions? owner = Array.Find(live, one => one.Has(transaction)) ?? (live.Length == 1 ? live[0] : null);
        return owner is null
            ? throw new InvalidOperationException(Sentences.WhichOne)
            : Blocking.Run(owner.ActionAsync(transaction));
    }
}
