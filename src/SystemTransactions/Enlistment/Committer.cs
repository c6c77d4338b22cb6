namespace Ccr.SystemTransactions;

/// <summary>
/// Assisted mode: the thread that ends a scope stays in our callback until the outcome is there, and tells it to the
/// runtime itself. The drivers' second phase, which blocks, then runs on that thread as their first phase did, and is
/// over when the scope's end returns: told from another thread, the runtime would let the scope go before, and its
/// rows could not be seen yet.
/// </summary>
internal sealed class Committer
{
    private readonly object _monitor = new();
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _answer;
    private bool _isThere;

    /// <summary>Ends when the runtime has been told.</summary>
    public Task Told => _told.Task;

    /// <summary>Gives the answer to the waiting thread; ends when that has told it.</summary>
    public Task TellAsync(Action answer)
    {
        _answer = answer;
        Wake();
        return _told.Task;
    }

    /// <summary>Waits for the answer and tells it; returns without one when the work has ended without one.</summary>
    public void Wait(Task work)
    {
        work.ContinueWith(
            static (_, committer) => ((Committer)committer!).Wake(), this, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        lock (_monitor)
        {
            while (!_isThere)
            {
                Monitor.Wait(_monitor);
            }
        }

        _answer?.Invoke();
        _told.SetResult();
    }

    private void Wake()
    {
        lock (_monitor)
        {
            _isThere = true;
            Monitor.PulseAll(_monitor);
        }
    }
}
