using Ccr.Resources.Files.Os;

namespace Ccr.Resources.Files.Locks;

/// <summary>
/// Finds deadlocks among this Server's own actions at once, where the wait limit would find them late. Deadlocks
/// that other nodes or processes take part in are the limit's.
/// </summary>
internal static class WaitCycle
{
    /// <summary>True when the waiter waits, over others that wait, for an action that waits for its own.</summary>
    internal static bool Closes(LockWaiter waiter)
    {
        HashSet<LockOwner> seen = [];
        Stack<LockWaiter> open = new([waiter]);
        while (open.TryPop(out LockWaiter? next))
        {
            foreach (LockOwner blocker in Blockers(next))
            {
                if (blocker == waiter.Owner)
                {
                    return true;
                }

                if (seen.Add(blocker))
                {
                    blocker.Waiting.ForEach(open.Push);
                }
            }
        }

        return false;
    }

    private static IEnumerable<LockOwner> Blockers(LockWaiter waiter)
    {
        foreach ((LockOwner holder, LockMode mode) in waiter.File.Holders)
        {
            if (holder != waiter.Owner && (mode == LockMode.Exclusive || waiter.Mode == LockMode.Exclusive))
            {
                yield return holder;
            }
        }

        foreach (LockWaiter earlier in waiter.File.Queue.TakeWhile(queued => queued != waiter))
        {
            if (earlier.Owner != waiter.Owner)
            {
                yield return earlier.Owner;
            }
        }
    }
}
