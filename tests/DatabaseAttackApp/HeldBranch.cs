using Ccr.Client;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using DoneEnd = Ccr.Client.BranchEnd;

namespace Ccr.DatabaseAttackApp;

/// <summary>A branch that is prepared and never ended, whose connection is free: so many can be in doubt.</summary>
/// <param name="inner">The product's branch.</param>
/// <param name="asks">False: not even the decision is asked for.</param>
/// <param name="held">Called when it holds.</param>
internal sealed class HeldBranch(XaBranch inner, bool asks, Action held) : IApplicationBranch
{
    private readonly TaskCompletionSource _never = new();

    public string Database => inner.Database;

    public BranchId Branch => inner.Branch;

    public string Note => inner.Note;

    public bool IsReadOnly => false;

    public ValueTask<bool> HasChangedAsync(CancellationToken cancellation) => new(true);

    public async ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation)
    {
        ApplicationVote vote = await inner.PrepareAsync(cancellation);
        await inner.AbandonAsync();
        if (!asks)
        {
            held();
            await _never.Task;
        }

        return vote;
    }

    public async ValueTask<DoneEnd> CommitAsync(CancellationToken cancellation)
    {
        held();
        await _never.Task;
        return DoneEnd.HandedOver;
    }

    public ValueTask<DoneEnd> RollbackAsync(CancellationToken cancellation) => new(DoneEnd.HandedOver);

    public ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation) =>
        inner.CommitAloneAsync(cancellation);

    public ValueTask AbandonAsync() => default;
}
