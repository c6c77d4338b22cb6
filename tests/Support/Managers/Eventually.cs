namespace Ccr.TestSupport;

/// <summary>Waits for a condition that has no event of its own.</summary>
public static class Eventually
{
    /// <summary>Waits until the condition holds; fails with the words when it does not within some seconds.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string words, int seconds = 30)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(seconds));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"It never held: {words}");
            }
        }
    }
}
