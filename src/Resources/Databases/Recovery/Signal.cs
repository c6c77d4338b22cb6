namespace Ccr.Resources.Databases;

/// <summary>Wakes one waiter: set before or while it waits, any number of times.</summary>
internal sealed class Signal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Wakes the waiter, now or when it comes to wait.</summary>
    public void Set()
    {
        lock (_lock)
        {
            _set.TrySetResult();
        }
    }

    /// <summary>Waits until it is set or the time is over.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel)
    {
        Task set;
        lock (_lock)
        {
            set = _set.Task;
        }

        if (!set.IsCompleted && longest > TimeSpan.Zero)
        {
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            Task late = Task.Delay(longest, time, over.Token);
            await Task.WhenAny(set, late).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }

        cancel.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_set.Task.IsCompleted)
            {
                _set = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
