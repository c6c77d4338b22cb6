using System.Diagnostics;

namespace Ccr.Attack;

/// <summary>A file that a file Server may still hold under its lock: read when the lock is gone.</summary>
internal static class SharedFile
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task<string> ReadAsync(string path, TimeSpan limit)
    {
        using PeriodicTimer turns = new(Pause);
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await File.ReadAllTextAsync(path);
            }
            catch (IOException) when (waited.Elapsed < limit)
            {
                await turns.WaitForNextTickAsync();
            }
        }
    }
}
