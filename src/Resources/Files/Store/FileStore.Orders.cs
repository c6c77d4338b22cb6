using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Redo;

namespace Ccr.Resources.Files.Store;

/// <summary>The manager's orders.</summary>
internal sealed partial class FileStore
{
    /// <summary>
    /// Asks whether the branch can be committed. Ready means: its image is forced, and no crash can take it away.
    /// A refusal ends the branch.
    /// </summary>
    internal BranchAnswer Prepare(AtomicActionId actionId, BranchId branch, ManagerIdentity manager)
    {
        BranchKey key = new(actionId, branch);
        return WithBranch(key, NotBegun, (action, found) => found.IsReady
            ? BranchAnswer.Refused(RefusalCode.WrongState, $"The {key} has been prepared already.")
            : PrepareActive(action, found, new RedoImage(key, manager, false, [])));
    }

    /// <summary>Commits a prepared branch; all its updates are visible at once to those who lock.</summary>
    internal BranchAnswer Commit(AtomicActionId actionId, BranchId branch, ManagerIdentity manager)
    {
        BranchKey key = new(actionId, branch);
        return WithBranch(key, CommittedBefore, (action, found) => !found.IsReady
            ? BranchAnswer.Refused(RefusalCode.WrongState, $"The {key} has not been prepared: it cannot be committed.")
            : NotMine(found, manager) ?? CommitReady(action, found));
    }

    /// <summary>Decides alone (SEM-5): one forced write holds the updates and the decision.</summary>
    internal BranchAnswer CommitOnePhase(AtomicActionId actionId, BranchId branch, ManagerIdentity manager)
    {
        BranchKey key = new(actionId, branch);
        return WithBranch(key, EndedBefore, (action, found) => found.IsReady
            ? BranchAnswer.Refused(RefusalCode.WrongState, $"The {key} is prepared: order commit or rollback.")
            : CommitActive(action, found, new RedoImage(key, manager, true, [])));
    }

    /// <summary>Forgets a branch's updates. One that is not prepared may be rolled back for any reason.</summary>
    internal BranchAnswer Rollback(AtomicActionId actionId, BranchId branch, ManagerIdentity manager)
    {
        BranchKey key = new(actionId, branch);
        return WithBranch(key, EndedBefore, (action, found) =>
        {
            if (found.IsReady && NotMine(found, manager) is { } notMine)
            {
                return notMine;
            }

            Doom(action, new Refusal(RefusalCode.Asked, $"Action {actionId} is rolled back."));
            if (found.IsReady)
            {
                Forget(action, found.Image!);
            }

            End(action, branch, DoneOutcome.RolledBack);
            return BranchAnswer.RolledBack;
        });
    }

    /// <summary>The manager has noted a kept outcome: it need not be kept any longer.</summary>
    /// <returns>False when there was none.</returns>
    internal bool ForgetBranch(AtomicActionId actionId, BranchId branch)
    {
        BranchKey key = new(actionId, branch);
        lock (_gate)
        {
            bool kept = _outcomes.Remove(key);
            if (kept)
            {
                Try(() => _state.RemoveOutcome(key));
            }

            return kept;
        }
    }

    private static BranchAnswer NotBegun(BranchKey key) => BranchAnswer.Refused(
        RefusalCode.NotBegun,
        $"This incarnation of the Server has not begun the {key}: its updates, if any, are lost.");

    /// <summary>Null when this manager is the one that the branch was promised to (SEM-3).</summary>
    private static BranchAnswer? NotMine(StoreBranch found, ManagerIdentity manager)
    {
        ManagerIdentity promised = found.Image!.Promised;
        bool same = promised.Node == manager.Node && promised.Log == manager.Log && promised.Epoch <= manager.Epoch;
        return same ? null : BranchAnswer.Refused(
            RefusalCode.NotMine, $"Branch {found.Id} was promised to {promised}, not to {manager}: it is held on.");
    }

    private BranchAnswer WithBranch(
        BranchKey key, Func<BranchKey, BranchAnswer> unknown, Func<StoreAction, StoreBranch, BranchAnswer> act)
    {
        if (FindAction(key.Action) is { } action)
        {
            lock (action.Orders)
            {
                StoreBranch? found;
                lock (action.Gate)
                {
                    found = action.Branches.GetValueOrDefault(key.Branch);
                }

                if (found is not null)
                {
                    return _failed != 0 ? BranchAnswer.Silent : act(action, found);
                }
            }
        }

        return _failed != 0 ? BranchAnswer.Silent : unknown(key);
    }

    private BranchAnswer PrepareActive(StoreAction action, StoreBranch branch, RedoImage image)
    {
        try
        {
            image = image with { Entries = RedoBuilder.Build(action.Close(), action.Owner, _root) };
            if (image.Entries.Count == 0)
            {
                End(action, branch.Id, DoneOutcome.RolledBack); // a rollback may cross this answer, a commit cannot
                return BranchAnswer.NoChange;
            }

            _state.WriteImage(image, () => _applier.Reserve(image, action.Owner));
            branch.Image = image;
            _locks.MarkInDoubt(action.Owner);
            return BranchAnswer.Ready;
        }
        catch (StoreRefusedException refused)
        {
            return RefusePrepare(action, branch, image, refused.Refusal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return RefusePrepare(action, branch, image, new Refusal(RefusalCode.Resource, failure.Message));
        }
    }

    private BranchAnswer RefusePrepare(StoreAction action, StoreBranch branch, RedoImage image, Refusal refusal)
    {
        // An image that cannot be removed is found at the next start, and rolled back by its manager then.
        Forget(action, image);
        Doom(action, refusal);
        End(action, branch.Id, DoneOutcome.RolledBack);
        return BranchAnswer.Refused(refusal);
    }

    private void Forget(StoreAction action, RedoImage image)
    {
        Try(() => _applier.Unreserve(image, action.Owner));
        Try(() => _state.RemoveImage(image.Key));
    }

    private BranchAnswer CommitReady(StoreAction action, StoreBranch branch)
    {
        BranchKey key = branch.Image!.Key;
        try
        {
            RedoImage? whole = branch.Recovered ? _state.LoadImage(key) : branch.Image;
            if (whole is null)
            {
                return EndDamaged(action, new KeptOutcome(
                    key, branch.Image.Promised, false, DoneOutcome.Hazard,
                    $"The redo image of {key} is damaged; its files were left as they are."));
            }

            ApplyResult result = _applier.Apply(whole, action.Owner, branch.Recovered);
            if (result.Damages.Count > 0)
            {
                return EndDamaged(action, new KeptOutcome(
                    key, whole.Promised, false, DoneOutcome.Mix, DamageText(result)));
            }

            RemoveApplied(key);
            End(action, branch.Id, DoneOutcome.Committed);
            return BranchAnswer.Committed;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Fail($"The commitment of {key} could not be completed: {failure.Message} The next start does it again.");
            return BranchAnswer.Silent;
        }
    }

    private BranchAnswer CommitActive(StoreAction action, StoreBranch branch, RedoImage image)
    {
        bool written = false;
        try
        {
            image = image with { Entries = RedoBuilder.Build(action.Close(), action.Owner, _root) };
            if (image.Entries.Count == 0)
            {
                End(action, branch.Id, DoneOutcome.Committed);
                return BranchAnswer.Committed;
            }

            written = true;
            _state.WriteImage(image, () => _applier.Reserve(image, action.Owner));
            return ApplyDecided(action, image, recovered: false);
        }
        catch (StoreRefusedException refused)
        {
            return RefuseOnePhase(action, branch, refused.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (written && (failure is ForceFailedException || !Undecide(action, image)))
            {
                Fail($"Whether {image.Key} is committed is unknown: {failure.Message} The next start finds out.");
                return BranchAnswer.Silent;
            }

            return RefuseOnePhase(action, branch, failure.Message);
        }
    }

    /// <summary>Takes a decision back that was never forced; false when it cannot be known to be gone.</summary>
    private bool Undecide(StoreAction action, RedoImage image)
    {
        try
        {
            _state.RemoveImage(image.Key);
            _state.Names.Force();
            _applier.Unreserve(image, action.Owner);
            return true;
        }
        catch (IOException failure)
        {
            _options.Warn(failure.Message);
            return false;
        }
    }

    private BranchAnswer RefuseOnePhase(StoreAction action, StoreBranch branch, string why)
    {
        End(action, branch.Id, DoneOutcome.RolledBack);
        return BranchAnswer.RolledBack with { Text = why };
    }

    private BranchAnswer ApplyDecided(StoreAction action, RedoImage image, bool recovered)
    {
        ApplyResult result = _applier.Apply(image, action.Owner, recovered);
        DoneOutcome outcome = result.Damages.Count > 0 ? DoneOutcome.Mix : DoneOutcome.Committed;
        string text = result.Damages.Count > 0 ? DamageText(result) : "";
        return EndKept(action, new KeptOutcome(image.Key, image.Promised, true, outcome, text));
    }

    private BranchAnswer EndDamaged(StoreAction action, KeptOutcome outcome)
    {
        _options.Warn($"{outcome.Key}: {outcome.Text}");
        return EndKept(action, outcome);
    }

    private BranchAnswer EndKept(StoreAction action, KeptOutcome outcome)
    {
        _state.WriteOutcome(outcome);
        if (outcome.Outcome == DoneOutcome.Committed)
        {
            _state.RemoveImage(outcome.Key);
        }
        else
        {
            string kept = _state.SetImageAside(outcome.Key);
            _options.Warn($"The updates of {outcome.Key} that could not be applied are kept in '{kept}'.");
        }

        _options.Fault(FaultPoint.ImageRemoved);
        _state.Names.Force();
        _options.Fault(FaultPoint.RemovalForced);
        lock (_gate)
        {
            _outcomes[outcome.Key] = outcome;
        }

        End(action, outcome.Key.Branch, outcome.Outcome);
        return new BranchAnswer(AnswerKind.Done, outcome.Outcome, outcome.Text);
    }

    private void RemoveApplied(BranchKey key)
    {
        _state.RemoveImage(key);
        _options.Fault(FaultPoint.ImageRemoved);
        _state.Names.Force();
        _options.Fault(FaultPoint.RemovalForced);
    }

    private static string DamageText(ApplyResult result) =>
        $"{result.Applied} files were updated. {string.Join(' ', result.Damages)}";

    private KeptOutcome? KeptOf(BranchKey key)
    {
        lock (_gate)
        {
            return _outcomes.GetValueOrDefault(key);
        }
    }

    /// <summary>
    /// Commit for a branch that is not here. Only a prepared branch is ordered to commit, and an image goes only when
    /// its branch has ended: so it was committed, and the answer was lost.
    /// </summary>
    private BranchAnswer CommittedBefore(BranchKey key)
    {
        if (KeptOf(key) is { } kept)
        {
            return new BranchAnswer(AnswerKind.Done, kept.Outcome, kept.Text);
        }

        if (_ended.Find(key) is { } ended)
        {
            return ended == DoneOutcome.RolledBack
                ? BranchAnswer.Refused(RefusalCode.WrongState, $"The {key} was rolled back: it cannot be committed.")
                : BranchAnswer.Committed;
        }

        bool damaged = _isNew || _state.HasDamagedImage(key);
        return damaged
            ? new BranchAnswer(
                AnswerKind.Done,
                DoneOutcome.Hazard,
                $"The redo image of {key} is lost; whether it was applied is unknown.")
            : BranchAnswer.Committed;
    }

    /// <summary>Rollback or one-phase for a branch that is not here: as it ended, or rolled back.</summary>
    private BranchAnswer EndedBefore(BranchKey key) => KeptOf(key) is { } kept
        ? new BranchAnswer(AnswerKind.Done, kept.Outcome, kept.Text)
        : new BranchAnswer(AnswerKind.Done, _ended.Find(key) ?? DoneOutcome.RolledBack);

    private void Try(Action tidying)
    {
        try
        {
            tidying();
        }
        catch (IOException failure)
        {
            _options.Warn(failure.Message);
        }
    }
}
