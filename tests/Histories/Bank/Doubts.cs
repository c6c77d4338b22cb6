namespace Ccr.Histories.Bank;

/// <summary>Which transfers in doubt did happen? Any choice that explains the balances will do.</summary>
internal sealed class Doubts
{
    private const long StepsMax = 20_000_000;

    private readonly long[] _missing;
    private readonly List<Transfer> _open;
    private long _steps;

    private Doubts(long[] missing, IEnumerable<Transfer> inDoubt)
    {
        _missing = missing;
        _open = [.. inDoubt.OrderBy(t => Math.Min(t.From, t.To)).ThenBy(t => Math.Max(t.From, t.To))];
    }

    /// <summary>Is there a choice among the transfers that adds up to what is missing in each account?</summary>
    /// <exception cref="InvalidOperationException">Too many to be decided: settle them before (OutcomeIs).</exception>
    public static bool Explain(long[] missing, IReadOnlyList<Transfer> inDoubt) =>
        new Doubts([.. missing], inDoubt).Try(0);

    private bool Try(int at)
    {
        if (++_steps > StepsMax)
        {
            throw new InvalidOperationException(
                $"{_open.Count} transfers in doubt are too many to be explained by trying: ask for their outcomes.");
        }

        if (at == _open.Count)
        {
            return Array.TrueForAll(_missing, m => m == 0);
        }

        // Ordered by their lower account: those below the next one's are settled.
        int settled = Math.Min(_open[at].From, _open[at].To);
        for (int i = 0; i < settled; i++)
        {
            if (_missing[i] != 0)
            {
                return false;
            }
        }

        if (Try(at + 1))
        {
            return true;
        }

        Move(_open[at], _open[at].Amount);
        bool explained = Try(at + 1);
        Move(_open[at], -_open[at].Amount);
        return explained;
    }

    private void Move(Transfer transfer, long amount)
    {
        _missing[transfer.From] += amount;
        _missing[transfer.To] -= amount;
    }
}
