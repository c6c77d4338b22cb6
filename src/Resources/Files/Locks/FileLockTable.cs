using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Locks;

/// <summary>
/// The locks of all actions (SEM-20): first a fair queue for each file among our own actions, then the operating
/// system's locks against other processes. No thread waits: a waiter is an entry in a queue with a jittered limit,
/// and a file that another process holds is tried again by a timer (SEM-12).
/// </summary>
internal sealed class FileLockTable : IDisposable
{
    private static readonly TimeSpan PollDelayMin = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan PollDelayMax = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LockedFile> _files = new(StringComparer.Ordinal);
    private readonly FileLocker _locker;
    private readonly TimeProvider _time;
    private readonly WaitLimit _limit;
    private bool _disposed;

    internal FileLockTable(RootFolder root, TimeProvider time, WaitLimit limit)
    {
        _locker = new FileLocker(root);
        _time = time;
        _limit = limit;
    }

    /// <summary>Files that are locked or waited for.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _files.Count;
            }
        }
    }

    /// <summary>
    /// Takes a lock for an action, or strengthens the one that it has. Past the limit the request is the victim: it
    /// is refused as a deadlock, and the text names the file and who holds it.
    /// </summary>
    /// <param name="owner">The action.</param>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="mode">Shared or exclusive.</param>
    /// <param name="bounded">False: wait without a limit (recovery, where nobody can be refused).</param>
    internal ValueTask<LockedFile> AcquireAsync(LockOwner owner, FilePath path, LockMode mode, bool bounded = true)
    {
        LockWaiter waiter;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            RefuseReleased(owner);
            bool upgrade = owner.Held.TryGetValue(path.Text, out LockedFile? file);
            if (upgrade && file!.Holders[owner] >= mode)
            {
                return new ValueTask<LockedFile>(file);
            }

            file ??= Entry(owner, path);
            waiter = Enqueue(new LockWaiter(owner, file, mode, upgrade, bounded));
            Pump(file);
            if (!waiter.Done.Task.IsCompleted && bounded)
            {
                BeginWait(waiter);
            }
        }

        return new ValueTask<LockedFile>(waiter.Done.Task);
    }

    /// <summary>Lets go of everything that an action holds and waits for, for good.</summary>
    internal void ReleaseAll(LockOwner owner)
    {
        lock (_gate)
        {
            owner.Released = true;
            LockWaiter[] waiting = [.. owner.Waiting];
            foreach (LockWaiter waiter in waiting)
            {
                Refuse(waiter, new StoreRefusedException(
                    RefusalCode.WrongState,
                    $"Action {owner.Action} ended while a request waited for '{waiter.File.Path}'."));
            }

            foreach (LockedFile file in owner.Held.Values)
            {
                file.Holders.Remove(owner);
            }

            foreach (LockedFile file in waiting.Select(waiter => waiter.File).Concat(owner.Held.Values).Distinct())
            {
                Pump(file);
            }

            owner.Held.Clear();
        }
    }

    /// <summary>The action's files are now prepared; those who wait for them are told so.</summary>
    internal void MarkInDoubt(LockOwner owner)
    {
        lock (_gate)
        {
            owner.InDoubt = true;
        }
    }

    /// <summary>A file that an exclusive holder created, and locked already, takes the entry's place.</summary>
    internal void Adopt(LockedFile file, SafeFileHandle created)
    {
        lock (_gate)
        {
            file.File?.Dispose();
            file.File = created;
            file.Writable = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (LockedFile file in _files.Values)
            {
                file.Poll?.Dispose();
                foreach (LockWaiter waiter in file.Queue)
                {
                    waiter.Limit?.Dispose();
                    waiter.Done.TrySetException(new StoreRefusedException(
                        RefusalCode.Stopping, "The file Server is stopping: retry as a new action later."));
                }

                FileLocker.Close(file);
            }

            _files.Clear();
        }
    }

    private static void RefuseReleased(LockOwner owner)
    {
        if (owner.Released)
        {
            throw new StoreRefusedException(RefusalCode.WrongState, $"Action {owner.Action} has ended at this Server.");
        }
    }

    private LockedFile Entry(LockOwner owner, FilePath path)
    {
        if (owner.Held.Count >= FileLimits.FilesPerActionMax)
        {
            throw new StoreRefusedException(
                RefusalCode.Limit,
                $"Action {owner.Action} has locked {FileLimits.FilesPerActionMax} files here, the most that one may: "
                + "split it into several actions.");
        }

        if (_files.TryGetValue(path.Text, out LockedFile? file))
        {
            return file;
        }

        if (_files.Count >= FileLimits.LockedFilesMax)
        {
            throw new StoreRefusedException(
                RefusalCode.Limit,
                $"{FileLimits.LockedFilesMax} files are locked at this Server, the most there may be: retry later.");
        }

        file = new LockedFile(path);
        _files.Add(path.Text, file);
        return file;
    }

    private static LockWaiter Enqueue(LockWaiter waiter)
    {
        LockedFile file = waiter.File;
        if (file.Queue.Count >= FileLimits.WaitersPerFileMax)
        {
            throw new StoreRefusedException(
                RefusalCode.Limit,
                $"{FileLimits.WaitersPerFileMax} requests wait for '{file.Path}', the most there may be: retry later.");
        }

        waiter.Owner.Waiting.Add(waiter);
        if (waiter.Upgrade)
        {
            // It holds the file already: whoever waits for the file waits for it in any case.
            file.Queue.AddFirst(waiter);
        }
        else
        {
            file.Queue.AddLast(waiter);
        }

        return waiter;
    }

    private void BeginWait(LockWaiter waiter)
    {
        if (WaitCycle.Closes(waiter))
        {
            Refuse(waiter, new StoreRefusedException(
                RefusalCode.Deadlock,
                $"Action {waiter.Owner.Action} would wait in a circle for '{waiter.File.Path}', held by "
                + $"{waiter.File.HeldBy(waiter.Owner)}: retry it as a new action."));
            Pump(waiter.File);
            return;
        }

        waiter.LimitLength = _limit.Next();
        waiter.Limit = _time.CreateTimer(
            state => OnLimit((LockWaiter)state!), waiter, waiter.LimitLength, Timeout.InfiniteTimeSpan);
    }

    private void OnLimit(LockWaiter waiter)
    {
        lock (_gate)
        {
            if (waiter.Done.Task.IsCompleted)
            {
                return;
            }

            string holder = waiter.File.HeldBy(waiter.Owner);
            Refuse(waiter, new StoreRefusedException(
                RefusalCode.Deadlock,
                $"Action {waiter.Owner.Action} waited {waiter.LimitLength.TotalMilliseconds:F0} ms for "
                + $"'{waiter.File.Path}', held by {holder}: retry it as a new action."));
            Pump(waiter.File);
        }
    }

    /// <summary>Serves the queue of a file as far as it goes, and forgets the file when nobody is left.</summary>
    private void Pump(LockedFile file)
    {
        if (file.Holders.Count == 0)
        {
            FileLocker.Close(file);
        }

        while (file.Queue.First?.Value is { } waiter && TryServe(file, waiter))
        {
        }

        if (file.Holders.Count == 0 && file.Queue.Count == 0 && _files.Remove(file.Path.Text))
        {
            file.Poll?.Dispose();
        }
    }

    /// <summary>True when the waiter has left the queue.</summary>
    private bool TryServe(LockedFile file, LockWaiter waiter)
    {
        try
        {
            switch (TryLock(file, waiter))
            {
                case OsLockResult.Taken:
                    Grant(file, waiter);
                    return true;
                case OsLockResult.Lost:
                    Refuse(waiter, new StoreRefusedException(
                        RefusalCode.Deadlock,
                        $"Another process took '{waiter.File.Path}' while action {waiter.Owner.Action} turned its "
                        + "shared lock into an exclusive one: retry it as a new action."));
                    return true;
                default:
                    return false;
            }
        }
        catch (Exception failure) when (failure is StoreRefusedException or IOException)
        {
            if (file.Holders.Count == 0)
            {
                FileLocker.Close(file);
            }

            if (!waiter.Bounded && failure is StoreRefusedException { Refusal.Code: RefusalCode.NotPermitted })
            {
                // Recovery: something that is no file stands in its place. Nobody else of ours gets it meanwhile.
                Grant(file, waiter);
                return true;
            }

            Refuse(waiter, failure as StoreRefusedException
                ?? new StoreRefusedException(RefusalCode.Resource, failure.Message));
            return true;
        }
    }

    private OsLockResult TryLock(LockedFile file, LockWaiter waiter)
    {
        bool alone = file.Holders.Count == (waiter.Upgrade ? 1 : 0);
        if (!alone)
        {
            bool joins = !waiter.Upgrade && waiter.Mode == LockMode.Shared
                && file.Holders.Values.All(mode => mode == LockMode.Shared);
            return joins ? OsLockResult.Taken : OsLockResult.Busy;
        }

        OsLockResult result = waiter.Upgrade ? _locker.TryUpgrade(file) : _locker.TryOpen(file, waiter.Mode);
        if (result == OsLockResult.Busy)
        {
            SchedulePoll(file);
        }

        return result;
    }

    private static void Grant(LockedFile file, LockWaiter waiter)
    {
        file.Holders[waiter.Owner] = waiter.Mode;
        file.PollDelay = default;
        waiter.Owner.Held[file.Path.Text] = file;
        Leave(waiter);
        waiter.Done.SetResult(file);
    }

    private static void Refuse(LockWaiter waiter, StoreRefusedException refusal)
    {
        Leave(waiter);
        waiter.Done.SetException(refusal);
    }

    private static void Leave(LockWaiter waiter)
    {
        waiter.File.Queue.Remove(waiter);
        waiter.Owner.Waiting.Remove(waiter);
        waiter.Limit?.Dispose();
    }

    private void SchedulePoll(LockedFile file)
    {
        TimeSpan doubled = file.PollDelay * 2;
        file.PollDelay = doubled < PollDelayMin ? PollDelayMin : doubled > PollDelayMax ? PollDelayMax : doubled;
        file.Poll ??= _time.CreateTimer(
            state => OnPoll((LockedFile)state!), file, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        file.Poll.Change(file.PollDelay, Timeout.InfiniteTimeSpan);
    }

    private void OnPoll(LockedFile file)
    {
        lock (_gate)
        {
            if (!_disposed && file.Queue.Count > 0)
            {
                Pump(file);
            }
        }
    }
}
