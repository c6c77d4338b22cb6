using Ccr.Client;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using DoneEnd = Ccr.Client.BranchEnd;

namespace Ccr.DatabaseAttackApp;

/// <summary>A branch at a database with the script's steps before, in and after each of its calls.</summary>
/// <param name="inner">The product's branch.</param>
/// <param name="script">The steps.</param>
/// <param name="place">0 for the first branch of the action.</param>
/// <param name="count">How many branches the action has.</param>
internal sealed class ScriptedBranch(XaBranch inner, Script script, int place, int count) : IApplicationBranch
{
    public string Database => inner.Database;

    public BranchId Branch => inner.Branch;

    public string Note => inner.Note;

    public bool IsReadOnly => inner.IsReadOnly;

    private bool IsLast => place == count - 1;

    public ValueTask<bool> HasChangedAsync(CancellationToken cancellation) => inner.HasChangedAsync(cancellation);

    public async ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation)
    {
        await script.TurnAsync(place);
        if (place == 0)
        {
            await script.AtAsync("enlisted");
        }

        ValueTask<ApplicationVote> voting = inner.PrepareAsync(cancellation);
        await script.AtAsync($"prepare{place + 1}-sent");
        ApplicationVote vote = await voting;
        await script.AtAsync(IsLast ? "prepared" : $"prepare{place + 1}-answered");
        script.TurnOver(place);
        return vote;
    }

    public async ValueTask<DoneEnd> CommitAsync(CancellationToken cancellation)
    {
        await script.TurnAsync(count + place);
        if (place == 0)
        {
            await script.AtAsync("decided");
        }

        ValueTask<DoneEnd> ending = inner.CommitAsync(cancellation);
        await script.AtAsync($"commit{place + 1}-sent");
        DoneEnd end = await ending;
        await script.AtAsync(IsLast ? "committed" : $"commit{place + 1}-answered");
        script.TurnOver(count + place);
        return end;
    }

    public ValueTask<DoneEnd> RollbackAsync(CancellationToken cancellation) => inner.RollbackAsync(cancellation);

    public ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation) =>
        inner.CommitAloneAsync(cancellation);

    public ValueTask AbandonAsync() => inner.AbandonAsync();
}
