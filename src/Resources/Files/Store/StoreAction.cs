using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Locks;
using Ccr.Resources.Files.Redo;

namespace Ccr.Resources.Files.Store;

/// <summary>A branch of an action at this Server.</summary>
internal sealed class StoreBranch(BranchId branch)
{
    /// <summary>Its name.</summary>
    internal BranchId Id { get; } = branch;

    /// <summary>Its ready record, once forced; contents are left out after a restart.</summary>
    internal RedoImage? Image { get; set; }

    /// <summary>Found at a start.</summary>
    internal bool Recovered { get; set; }

    /// <summary>Ready has been said: only its manager may end it.</summary>
    internal bool IsReady => Image is not null;
}

/// <summary>
/// An atomic action at this Server: its branches, its locks, and its updates, which the branches share (SEM-11). The
/// branch that is prepared first promises all of them; with it the action's work here is closed (SEM-8).
/// </summary>
internal sealed class StoreAction(AtomicActionId id)
{
    private readonly Dictionary<string, FileUpdate> _updates = new(StringComparer.Ordinal);
    private int _requests;
    private Refusal? _doomed;

    /// <summary>Guards everything but the disk work of <see cref="Orders"/>.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Held while an order of the manager is carried out: one at a time, disk work included.</summary>
    internal Lock Orders { get; } = new();

    /// <summary>The action's name.</summary>
    internal AtomicActionId Id { get; } = id;

    /// <summary>Its locks.</summary>
    internal LockOwner Owner { get; } = new(id);

    /// <summary>Its live branches.</summary>
    internal Dictionary<BranchId, StoreBranch> Branches { get; } = [];

    /// <summary>A branch has been prepared: no more requests.</summary>
    internal bool Closed { get; set; }

    /// <summary>Its last branch has ended, and the store has let go of it.</summary>
    internal bool Removed { get; set; }

    /// <summary>Octets of its updates.</summary>
    internal long Octets { get; private set; }

    /// <summary>Why it can only be rolled back; null while it can be committed.</summary>
    internal Refusal? Doomed
    {
        get
        {
            lock (Gate)
            {
                return _doomed;
            }
        }
    }

    /// <summary>A request begins; each begun one ends with <see cref="EndRequest"/>.</summary>
    internal void BeginRequest()
    {
        lock (Gate)
        {
            CheckOpen();
            _requests++;
        }
    }

    /// <summary>A request has been answered.</summary>
    internal void EndRequest()
    {
        lock (Gate)
        {
            _requests--;
        }
    }

    /// <summary>Does the work of a request, its file being locked.</summary>
    internal FilesReply Serve(FilesRequest request, LockedFile file, MemoryBudget budget)
    {
        lock (Gate)
        {
            CheckOpen();
            if (request.Operation is ReadFile read)
            {
                return FileReader.Read(request.Reference, read, file, _updates.GetValueOrDefault(file.Path.Text));
            }

            FileUpdate update = _updates.GetValueOrDefault(file.Path.Text) ?? FileUpdate.Of(file.Path, file.File);
            bool isNew = !_updates.ContainsKey(file.Path.Text);
            long more = update.LengthAfter(request.Operation) - (isNew ? 0 : update.Length);
            CheckBudget(more, budget);
            update.Do(request.Operation);
            _updates[file.Path.Text] = update;
            budget.Take(more);
            Octets += more;
            return new FilesReply(request.Reference, update.Exists, update.Length, default);
        }
    }

    /// <summary>The action can only be rolled back; its updates are forgotten.</summary>
    internal void Doom(Refusal why, MemoryBudget budget)
    {
        lock (Gate)
        {
            _doomed ??= why;
            DropUpdates(budget);
        }
    }

    /// <summary>Closes the action for requests, and hands its updates to the branch that is being prepared.</summary>
    internal List<FileUpdate> Close()
    {
        lock (Gate)
        {
            if (_doomed is not null)
            {
                throw new StoreRefusedException(_doomed);
            }

            if (_requests > 0)
            {
                throw new StoreRefusedException(
                    RefusalCode.WrongState,
                    $"{_requests} requests of action {Id} are still at work: await all answers before TransClose.");
            }

            Closed = true;
            List<FileUpdate> updates = [.. _updates.Values];
            _updates.Clear();
            return updates;
        }
    }

    /// <summary>Frees what the updates took of the Server's memory.</summary>
    internal void DropUpdates(MemoryBudget budget)
    {
        lock (Gate)
        {
            _updates.Clear();
            budget.Take(-Octets);
            Octets = 0;
        }
    }

    private void CheckOpen()
    {
        if (_doomed is not null)
        {
            throw new StoreRefusedException(_doomed);
        }

        if (Closed || Removed)
        {
            throw new StoreRefusedException(
                RefusalCode.WrongState,
                $"Action {Id} is being ended at this Server: begin a new action for more work.");
        }
    }

    private void CheckBudget(long more, MemoryBudget budget)
    {
        if (more > 0 && Octets + more > FileLimits.BranchOctetsMax)
        {
            throw new StoreRefusedException(
                RefusalCode.Limit,
                $"Action {Id} would change more than {FileLimits.BranchOctetsMax} octets here: split it into several.");
        }

        if (more > 0 && !budget.HasRoomFor(more))
        {
            throw new StoreRefusedException(
                RefusalCode.Limit, "The updates of all open actions fill this Server's memory: retry later.");
        }
    }
}

/// <summary>Octets of updates that all actions together keep in memory.</summary>
internal sealed class MemoryBudget(long octetsMax)
{
    private long _octets;

    /// <summary>Octets in use.</summary>
    internal long Octets => Interlocked.Read(ref _octets);

    internal bool HasRoomFor(long octets) => Octets + octets <= octetsMax;

    internal void Take(long octets) => Interlocked.Add(ref _octets, octets);
}
