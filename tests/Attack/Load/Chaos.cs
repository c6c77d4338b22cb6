namespace Ccr.Attack;

/// <summary>
/// Kills services (kill -9) and starts them again at once; meanwhile stops others (SIGSTOP) and lets them go on after a
/// pause, some of which are longer than every timeout that is set here.
/// </summary>
internal sealed class Chaos(AttackCluster cluster, Func<int> committed, int seed)
{
    /// <summary>So many kill side by side; of nine services then mostly six are up.</summary>
    private const int Killers = 2;

    private const int GapMsMax = 200;
    private const int CommitsBetween = 2;

    /// <summary>The next kill waits so long for actions to commit: without them it would meet no work.</summary>
    private const int CommitsWaitMs = 1_500;

    private static readonly int[] PausesMs = [20, 100, 400, 2_500];

    private readonly Random _random = new(seed);
    private readonly HashSet<Service> _busy = [];

    private int _kills;
    private int _begun;

    public int Kills => _kills;

    /// <summary>Kills of each kind of service.</summary>
    public Dictionary<string, int> KillsOf { get; } = [];

    /// <summary>Branches that were seen in doubt.</summary>
    public HashSet<string> InDoubt { get; } = [];

    public int Pauses { get; private set; }

    /// <summary>Pauses longer than the longest timeout of a peer.</summary>
    public int LongPauses { get; private set; }

    /// <summary>So many kills, unless told to stop.</summary>
    public async Task RunAsync(int kills, Func<bool> stop)
    {
        bool ended = false;
        Task pausing = PauseAsync(() => ended || stop());
        Task watching = WatchAsync(() => ended || stop());
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Killers).Select(_ => KillAsync(kills, stop)));
        }
        finally
        {
            ended = true;
            await pausing;
            await watching;
        }
    }

    private async Task KillAsync(int kills, Func<bool> stop)
    {
        while (!stop() && Interlocked.Increment(ref _begun) <= kills)
        {
            Service victim = Take();
            RefuseOwnEnd();
            await victim.KillAsync();
            Count(victim);
            await Until.PassedAsync(TimeSpan.FromMilliseconds(Next(GapMsMax)));
            victim.Start();
            Give(victim);
            await WorkAsync(stop);
        }
    }

    private void Count(Service victim)
    {
        lock (_busy)
        {
            _kills++;
            string kind = victim.Name.Split(' ')[1];
            KillsOf[kind] = KillsOf.GetValueOrDefault(kind) + 1;
        }
    }

    private async Task WorkAsync(Func<bool> stop)
    {
        int before = committed();
        long began = Environment.TickCount64;
        while (committed() < before + CommitsBetween && Environment.TickCount64 - began < CommitsWaitMs && !stop())
        {
            await Until.PassedAsync(TimeSpan.FromMilliseconds(10));
        }
    }

    private async Task WatchAsync(Func<bool> stop)
    {
        while (!stop())
        {
            InDoubt.UnionWith(await cluster.InDoubtAsync());
            await Until.PassedAsync(TimeSpan.FromMilliseconds(GapMsMax));
        }
    }

    private async Task PauseAsync(Func<bool> stop)
    {
        while (!stop())
        {
            Service victim = Take();
            int pauseMs = PausesMs[Next(PausesMs.Length)];
            victim.Stop();
            await Until.PassedAsync(TimeSpan.FromMilliseconds(pauseMs));
            victim.Continue();
            Give(victim);
            Pauses++;
            LongPauses += pauseMs == PausesMs[^1] ? 1 : 0;
            await Until.PassedAsync(TimeSpan.FromMilliseconds(Next(2 * GapMsMax)));
        }
    }

    /// <summary>A service that ended without having been killed has failed.</summary>
    private void RefuseOwnEnd()
    {
        lock (_busy)
        {
            foreach (Service service in cluster.Nodes.SelectMany(n => n.Services))
            {
                Assert.True(
                    service.IsUp || _busy.Contains(service),
                    $"{service.Name} ended by itself (seed {seed}):\n{service.LastWords()}");
            }
        }
    }

    private Service Take()
    {
        lock (_busy)
        {
            Service[] free = [.. cluster.Nodes.SelectMany(n => n.Services).Where(s => !_busy.Contains(s))];
            Service taken = free[_random.Next(free.Length)];
            _busy.Add(taken);
            return taken;
        }
    }

    private void Give(Service service)
    {
        lock (_busy)
        {
            _busy.Remove(service);
        }
    }

    private int Next(int limit)
    {
        lock (_busy)
        {
            return _random.Next(limit);
        }
    }
}
