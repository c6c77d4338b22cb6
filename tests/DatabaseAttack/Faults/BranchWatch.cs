using System.Diagnostics;
using System.Globalization;
using Ccr.Databases.Testing;
using Npgsql;

namespace Ccr.DatabaseAttack;

/// <summary>
/// Sees when branches in doubt come to their ends, without being in the way: one connection a database, made before,
/// and a look every few milliseconds. (A new connection and a count of thousands of branches for every look, without
/// a pause, nearly doubled the times that were to be measured.)
/// </summary>
internal sealed class BranchWatch : IAsyncDisposable
{
    private static readonly TimeSpan FirstEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LastEvery = TimeSpan.FromMilliseconds(50);

    private readonly List<NpgsqlConnection> _connections = [];

    public static async Task<BranchWatch> OpenAsync(IEnumerable<PostgreSqlCluster> clusters)
    {
        BranchWatch watch = new();
        foreach (PostgreSqlCluster cluster in clusters)
        {
            NpgsqlConnection connection = new(cluster.ConnectionString("postgres", "Pooling=false;Enlist=false"));
            watch._connections.Add(connection);
            await connection.OpenAsync();
        }

        return watch;
    }

    /// <summary>Returns when a row that a branch in doubt held can be seen; gives the seconds until then.</summary>
    public Task<double> FirstFreeAsync(Stopwatch watch, int limitMs) => UntilAsync(
        "SELECT count(*) FROM (SELECT FROM t WHERE v = 1 LIMIT 1) freed", seen => seen > 0, FirstEvery, watch, limitMs);

    /// <summary>Returns when no branch is prepared any more; gives the seconds until then.</summary>
    public Task<double> LastOverAsync(Stopwatch watch, int limitMs) => UntilAsync(
        "SELECT count(*) FROM pg_prepared_xacts", left => left == 0, LastEvery, watch, limitMs);

    public async ValueTask DisposeAsync()
    {
        foreach (NpgsqlConnection connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<double> UntilAsync(
        string question, Func<long, bool> isThere, TimeSpan every, Stopwatch watch, int limitMs)
    {
        using PeriodicTimer timer = new(every);
        while (!isThere((await Task.WhenAll(_connections.Select(c => AskAsync(c, question)))).Sum()))
        {
            if (watch.ElapsedMilliseconds > limitMs)
            {
                throw new TimeoutException($"Not within {limitMs} ms: {question}.");
            }

            await timer.WaitForNextTickAsync();
        }

        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<long> AskAsync(NpgsqlConnection connection, string question)
    {
        await using NpgsqlCommand command = new(question, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
