using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using BranchEnd = Ccr.Client.BranchEnd;

namespace Ccr.SystemTransactions;

/// <summary>
/// All that stock drivers do at one database in one scope, as a branch of the action. They prepare; its own vote is
/// what the database shows. They commit; their word is no confirmation, so the end is handed over (SEM-10).
/// </summary>
internal sealed class AssistedBranch(AssistedWork work, string database, BranchId branch) : IApplicationBranch
{
    /// <inheritdoc/>
    public string Database { get; } = database;

    /// <inheritdoc/>
    public BranchId Branch { get; } = branch;

    /// <inheritdoc/>
    public string Note => default(BranchNote).ToString();

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public ValueTask<bool> HasChangedAsync(CancellationToken cancellation) => ValueTask.FromResult(true);

    /// <inheritdoc/>
    public async ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation)
    {
        Verdict verdict = await work.VerifyAsync().ConfigureAwait(false);
        return verdict.Why is { } why ? ApplicationVote.Refused(why)
            : verdict.Found.TryGetValue(Database, out Shown shown) && shown.Count > 0
                ? ApplicationVote.Ready(new BranchNote(0, shown.Xid).ToString())
                : ApplicationVote.NoChange;
    }

    /// <inheritdoc/>
    public async ValueTask<BranchEnd> CommitAsync(CancellationToken cancellation)
    {
        await work.SecondPhaseAsync(commits: true).ConfigureAwait(false);
        return BranchEnd.HandedOver;
    }

    /// <inheritdoc/>
    public async ValueTask<BranchEnd> RollbackAsync(CancellationToken cancellation)
    {
        await work.SecondPhaseAsync(commits: false).ConfigureAwait(false);
        return BranchEnd.HandedOver;
    }

    /// <inheritdoc/>
    public ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation) => ValueTask.FromResult(
        new AloneEnd(false, new Refusal(RefusalCode.WrongState, $"{Database} is prepared by its driver.")));

    /// <inheritdoc/>
    public ValueTask AbandonAsync() => ValueTask.CompletedTask;
}
