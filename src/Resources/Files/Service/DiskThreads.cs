using System.Collections.Concurrent;

namespace Ccr.Resources.Files.Service;

/// <summary>
/// Threads that wait for the disk, so that the thread pool does not: Prepare and Commit block on forces. At most one
/// order of a branch is under way, so that the queue is bounded by the open branches.
/// </summary>
internal sealed class DiskThreads : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread[] _threads;

    internal DiskThreads(int count)
    {
        _threads = [.. Enumerable.Range(1, count).Select(i => new Thread(Run)
        {
            IsBackground = true,
            Name = $"files disk {i}",
        })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>Does work on one of the threads; its exception goes to the caller.</summary>
    internal Task<T> RunAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.CompleteAdding();
        Array.ForEach(_threads, thread => thread.Join());
        _work.Dispose();
    }

    private void Run()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
