namespace Ccr.Client;

/// <summary>How many actions are ending behind their answer, and a way to wait until there is none.</summary>
internal sealed class EndsUnderWay
{
    private readonly Lock _lock = new();
    private int _count;
    private TaskCompletionSource? _none;

    public void Begin()
    {
        lock (_lock)
        {
            _count++;
        }
    }

    public void End()
    {
        TaskCompletionSource? none = null;
        lock (_lock)
        {
            if (--_count == 0)
            {
                (none, _none) = (_none, null);
            }
        }

        none?.SetResult();
    }

    public Task NoneAsync()
    {
        lock (_lock)
        {
            return _count == 0
                ? Task.CompletedTask
                : (_none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
