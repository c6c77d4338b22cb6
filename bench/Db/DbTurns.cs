namespace Ccr.Bench.Db;

/// <summary>Loads that are compared run turn by turn, so that all meet the same disturbances.</summary>
internal static class DbTurns
{
    private const int Rounds = 3;

    // Rounds before those that count: until the runtime has compiled what runs often. Raw loads have less of it.
    private const int FirstWarmRounds = 4;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(4);

    /// <summary>The middle of the rounds, for each load.</summary>
    /// <param name="clients">How many at a time.</param>
    /// <param name="isFirst">True when these loads run for the first time in this process.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="transactions">One transaction of each load, on the row of that number.</param>
    internal static async Task<LoadResult[]> RunAsync(
        int clients, bool isFirst, CancellationToken cancellation, params Func<int, Task>[] transactions)
    {
        List<LoadResult>[] results = [.. transactions.Select(_ => new List<LoadResult>())];
        int warmRounds = isFirst ? FirstWarmRounds : 1;
        for (int round = -warmRounds; round < Rounds; round++)
        {
            for (int i = 0; i < transactions.Length; i++)
            {
                LoadResult result = await DbLoad.RunAsync(clients, Time, transactions[i], cancellation);
                if (round >= 0)
                {
                    results[i].Add(result);
                }
            }
        }

        return [.. results.Select(LoadResult.Middle)];
    }
}
