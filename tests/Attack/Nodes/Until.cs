namespace Ccr.Attack;

/// <summary>Waits for what other processes do: there is no event to wait for.</summary>
internal static class Until
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until the condition holds, or fails with the words.</summary>
    public static async Task HoldsAsync(
        Func<Task<bool>> condition, Func<string> words, TimeSpan limit, CancellationToken cancellation = default)
    {
        long began = Environment.TickCount64;
        using PeriodicTimer timer = new(Poll);
        while (!await condition())
        {
            if (Environment.TickCount64 - began > limit.TotalMilliseconds)
            {
                throw new TimeoutException($"Within {limit.TotalSeconds} s it did not come to pass: {words()}");
            }

            await timer.WaitForNextTickAsync(cancellation);
        }
    }

    /// <summary>Lets so much time pass: the time that a fault lasts.</summary>
    public static async Task PassedAsync(TimeSpan time, CancellationToken cancellation = default)
    {
        using PeriodicTimer timer = new(time > Poll ? time : Poll);
        await timer.WaitForNextTickAsync(cancellation);
    }
}
