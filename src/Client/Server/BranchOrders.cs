using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>What each order of the manager does to a branch, and what is answered.</summary>
internal sealed class BranchOrders(
    CcrServerOptions options, IBranchResource resource, BranchTable table, AddedBranches added,
    CancellationToken stopping)
{
    private readonly StubbornCall _stubborn = new(options, stopping);

    public async ValueTask BeginAsync(ManagerSession session, BranchSlot slot)
    {
        if (slot.Stage == BranchStage.None)
        {
            Refusal? refusal = await CallAsync(slot, "Begin", resource.BeginAsync).ConfigureAwait(false);
            if (refusal is not null)
            {
                table.Remove(slot);
                Answer(session, new BranchRefused(options.Name, slot.Context.Action, slot.Context.Branch, refusal));
                return;
            }

            slot.Stage = BranchStage.Begun;
            table.Opened(slot);
        }

        if (slot.Stage == BranchStage.Begun)
        {
            Answer(session, new Begun(options.Name, slot.Context.Action, slot.Context.Branch));
        }
        else
        {
            options.Log?.Invoke(
                $"{options.Name}: Begin for {slot.Context}, which is {slot.Stage} already; not answered.");
        }
    }

    public async ValueTask PrepareAsync(ManagerSession session, BranchSlot slot)
    {
        BranchContext context = slot.Context;
        if (slot.Stage == BranchStage.Begun)
        {
            table.Shut(slot);
            if (!await slot.TryShutAsync(options.RequestPatience, options.Time).ConfigureAwait(false))
            {
                await GiveUpAsync(session, slot, slot.GivenUp ?? Busy(slot)).ConfigureAwait(false);
                return;
            }

            BranchVote vote = await VoteAsync(slot).ConfigureAwait(false);
            if (vote != BranchVote.Ready)
            {
                table.Remove(slot);
                Answer(session, vote.Refusal is null
                    ? new NoChange(options.Name, context.Action, context.Branch)
                    : new BranchRefused(options.Name, context.Action, context.Branch, vote.Refusal));
                return;
            }

            slot.Stage = BranchStage.Ready;
            if (session.IsLost)
            {
                // Ready was never said, so the superior has presumed rollback (ccr-standard.md 5): nothing is promised.
                await UndoAsync(slot).ConfigureAwait(false);
                return;
            }
        }

        Answer(session, slot.Stage == BranchStage.Ready
            ? new Ready(options.Name, context.Action, context.Branch)
            : NotBegun(slot));
    }

    public async ValueTask EndAsync(ManagerSession session, BranchSlot slot, bool commit)
    {
        BranchContext context = slot.Context;
        if (slot.Stage == BranchStage.Ready && !MayEnd(session.Identity, context.Manager))
        {
            Refusal notYours = new(RefusalCode.NotMine,
                $"{options.Name} promised {context} to {context.Manager}; {session.Identity} cannot end it (SEM-3).");
            options.Log?.Invoke(notYours.Text);
            Answer(session, new BranchRefused(options.Name, context.Action, context.Branch, notYours));
            return;
        }

        if (slot.Stage == BranchStage.Begun && commit)
        {
            Answer(session, new BranchRefused(options.Name, context.Action, context.Branch, new Refusal(
                RefusalCode.WrongState, $"{options.Name} was told to commit {context}, and never said Ready.")));
            return;
        }

        if (slot.Stage == BranchStage.Decided)
        {
            Answer(session, new Done(options.Name, context.Action, context.Branch, slot.End!.Outcome, slot.End.Text));
            return;
        }

        table.Shut(slot);
        slot.Shut();
        slot.Ending = true;
        BranchEnd? end = commit
            ? await _stubborn.RunAsync("Commit", slot, resource.CommitAsync).ConfigureAwait(false)
            : await RollbackAsync(slot).ConfigureAwait(false);
        slot.Ending = false;
        if (end is not null)
        {
            slot.Stage = BranchStage.None;
            table.Remove(slot);
            Answer(session, new Done(options.Name, context.Action, context.Branch, end.Outcome, end.Text));
        }
    }

    public async ValueTask CommitOnePhaseAsync(ManagerSession session, BranchSlot slot)
    {
        BranchContext context = slot.Context;
        if (slot.Stage == BranchStage.Begun)
        {
            table.Shut(slot);
            bool isShut = await slot.TryShutAsync(options.RequestPatience, options.Time).ConfigureAwait(false);
            context.Work.Shut();
            BranchEnd? end = Objection(slot, isShut) is { } why
                ? await RolledBackAsync(slot, why).ConfigureAwait(false)
                : await _stubborn.RunAsync("CommitOnePhase", slot, resource.CommitOnePhaseAsync).ConfigureAwait(false);
            if (end is null)
            {
                return; // stopping: found at the next start, whatever it became
            }

            slot.End = end;
            slot.Stage = BranchStage.Decided;
        }

        Answer(session, slot.Stage == BranchStage.Decided
            ? new Done(options.Name, context.Action, context.Branch, slot.End!.Outcome, slot.End.Text)
            : NotBegun(slot));
    }

    /// <summary>Why the branch cannot be committed in one phase, or null.</summary>
    private string? Objection(BranchSlot slot, bool isShut)
    {
        if (!isShut)
        {
            return (slot.GivenUp ?? Busy(slot)).Text;
        }

        // The Enlist is still on its way: the manager would have asked otherwise.
        return !slot.Context.Work.HasWriters ? null : $"{options.Name} has just begun to work at a database for "
            + $"{slot.Context.Action}, and TransClose came before its manager knew: try again.";
    }

    private Refusal Busy(BranchSlot slot) => new(RefusalCode.WrongState,
        $"{options.Name} still works at a request of {slot.Context.Action}: TransClose came too early (SEM-8).");

    private async ValueTask<BranchEnd?> RolledBackAsync(BranchSlot slot, string why)
    {
        BranchEnd? end = await RollbackAsync(slot).ConfigureAwait(false);
        return end is null ? null : new BranchEnd(end.Outcome, why);
    }

    private ValueTask<BranchEnd?> RollbackAsync(BranchSlot slot)
    {
        added.RolledBack(slot.Context);
        return _stubborn.RunAsync("Rollback", slot, resource.RollbackAsync);
    }

    public async ValueTask ForgetAsync(BranchSlot slot)
    {
        if (slot.Stage is BranchStage.Decided or BranchStage.None)
        {
            await _stubborn.RunAsync("Forget", slot, async (context, cancellation) =>
            {
                await resource.ForgetAsync(context, cancellation).ConfigureAwait(false);
                return BranchEnd.Committed;
            }).ConfigureAwait(false);
            table.Remove(slot);
        }
    }

    public async ValueTask AfterLossAsync(BranchSlot slot)
    {
        if (slot.Stage == BranchStage.Begun)
        {
            await UndoAsync(slot).ConfigureAwait(false);
        }
        else if (slot.Stage == BranchStage.None)
        {
            table.Remove(slot);
        }
    }

    public async ValueTask GiveUpAsync(ManagerSession session, BranchSlot slot, Refusal refusal)
    {
        if (slot.Stage == BranchStage.Begun)
        {
            await UndoAsync(slot).ConfigureAwait(false);
            Answer(session, new BranchRefused(options.Name, slot.Context.Action, slot.Context.Branch, refusal));
        }
    }

    private async ValueTask UndoAsync(BranchSlot slot)
    {
        table.Shut(slot);
        slot.Shut();
        BranchEnd? end = await RollbackAsync(slot).ConfigureAwait(false);
        if (end is not null)
        {
            slot.Stage = BranchStage.None;
            table.Remove(slot);
        }
    }

    private async ValueTask<BranchVote> VoteAsync(BranchSlot slot)
    {
        AddedWork work = slot.Context.Work;
        work.Shut();
        try
        {
            BranchVote vote = await resource.PrepareAsync(slot.Context, stopping).ConfigureAwait(false);
            if (vote.Refusal is not null)
            {
                added.RolledBack(slot.Context);
            }

            return vote.Refusal is not null || !work.HasUnprepared ? vote : throw new InvalidOperationException(
                $"{options.Name} voted before the branches that it added were prepared: call PrepareAddedAsync.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            options.Log?.Invoke($"{options.Name}: Prepare of {slot.Context} failed: {e}");
            await RollbackAsync(slot).ConfigureAwait(false);
            return BranchVote.Refuse(Why(e));
        }
    }

    private async ValueTask<Refusal?> CallAsync(
        BranchSlot slot, string name, Func<BranchContext, CancellationToken, ValueTask<Refusal?>> call)
    {
        try
        {
            return await call(slot.Context, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            options.Log?.Invoke($"{options.Name}: {name} of {slot.Context} failed: {e}");
            return Why(e);
        }
    }

    private BranchRefused NotBegun(BranchSlot slot)
    {
        table.Remove(slot);
        return new BranchRefused(options.Name, slot.Context.Action, slot.Context.Branch, new Refusal(
            RefusalCode.NotBegun, $"{options.Name} (incarnation {options.Incarnation}) never began {slot.Context}."));
    }

    private static Refusal Why(Exception e) => e is CcrRefusedException refused
        ? refused.Refusal
        : new Refusal(RefusalCode.Resource, e.Message);

    /// <summary>The manager that promised, at the same or a later start of the same log (SEM-3, SEM-6).</summary>
    private static bool MayEnd(ManagerIdentity now, ManagerIdentity promised) =>
        now.Node == promised.Node && now.Log == promised.Log && now.Epoch >= promised.Epoch;

    private static void Answer(ManagerSession session, BranchMessage answer) => session.Send(answer);
}
