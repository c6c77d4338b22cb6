namespace Ccr.Artemis.Processes.Support;

/// <summary>Lets a program work for a while: what is tested happens at moments that nobody chose.</summary>
internal static class Moment
{
    internal static async Task AfterAsync(int ms)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(Math.Max(1, ms)));
        await timer.WaitForNextTickAsync();
    }
}
