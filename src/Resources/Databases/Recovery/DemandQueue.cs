namespace Ccr.Resources.Databases;

/// <summary>Those who asked for a scan and wait for it.</summary>
internal sealed class DemandQueue
{
    private readonly Lock _lock = new();
    private readonly List<(long Number, TaskCompletionSource<string?> Waits)> _all = [];

    /// <summary>True while somebody waits.</summary>
    public bool Any
    {
        get
        {
            lock (_lock)
            {
                return _all.Count > 0;
            }
        }
    }

    /// <summary>Somebody waits for a scan that is begun after this number was drawn.</summary>
    public Task<string?> Add(long number)
    {
        TaskCompletionSource<string?> waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _all.Add((number, waits));
        }

        return waits.Task;
    }

    /// <summary>A scan with this number was made and reported.</summary>
    public void Done(long number) => Complete(number, null);

    /// <summary>No scan could be made.</summary>
    public void Fail(long number, string why) => Complete(number, why);

    private void Complete(long number, string? why)
    {
        lock (_lock)
        {
            foreach ((long asked, TaskCompletionSource<string?> waits) in _all.ToArray())
            {
                if (asked < number)
                {
                    _all.Remove((asked, waits));
                    waits.TrySetResult(why);
                }
            }
        }
    }
}
