using System.Transactions;

namespace Ccr.SystemTransactions;

/// <summary>
/// The first volatile enlistment of a scope in assisted mode, so that the runtime asks it before any driver: the
/// manager hears of the branches before the first PREPARE is sent (SEM-9). It also bounds the first phase.
/// </summary>
internal sealed class PhaseOne(ScopeAction scope, CcrTransactionsOptions options) : IEnlistmentNotification
{
    private ITimer? _limit;

    /// <inheritdoc/>
    public void Prepare(PreparingEnlistment preparingEnlistment)
    {
        scope.Assisted!.Enlist();
        scope.Assisted.Limit = _limit = options.Time.CreateTimer(
            static s => ((ScopeAction)s!).Assisted!.TooLong(), scope, options.PrepareTimeout, Timeout.InfiniteTimeSpan);
        preparingEnlistment.Prepared();
    }

    /// <inheritdoc/>
    public void Commit(Enlistment enlistment) => End(enlistment);

    /// <inheritdoc/>
    public void Rollback(Enlistment enlistment) => End(enlistment);

    /// <inheritdoc/>
    public void InDoubt(Enlistment enlistment) => End(enlistment);

    private void End(Enlistment enlistment)
    {
        _limit?.Dispose();
        enlistment.Done();
    }
}
