using System.Diagnostics;

namespace Ccr.Databases.Testing;

/// <summary>Waits for a condition, asked for again every few milliseconds, and not for a time.</summary>
public static class Until
{
    /// <summary>Returns when it is true; throws after the limit.</summary>
    public static Task TrueAsync(Func<bool> condition, string what, int limitMs = 30_000) =>
        TrueAsync(() => Task.FromResult(condition()), what, limitMs);

    /// <summary>Returns when it is true; throws after the limit.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, int limitMs = 30_000)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!await condition())
        {
            if (watch.ElapsedMilliseconds > limitMs)
            {
                throw new TimeoutException($"Not within {limitMs} ms: {what}.");
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
