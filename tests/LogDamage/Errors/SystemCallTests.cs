using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Protocol.Names;

namespace Ccr.LogDamage.Tests.Errors;

/// <summary>
/// Each system call that the real manager makes on its log fails once (strace): it ends with a sentence, or refuses to
/// start with one, and the next start holds to all that Clients were told. An interruption is no failure.
/// </summary>
public sealed class SystemCallTests : IDisposable
{
    private const string Traced = "openat,pwrite64,fdatasync,fsync,ftruncate,rename,unlink,flock,fcntl,pread64,statfs";
    private const int Actions = 8;
    private static readonly string[] Harmless = ["flock", "fcntl", "pread64", "statfs"]; // they change nothing
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string[] Errors = ["EIO", "ENOSPC", "EDQUOT", "EINTR"];
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-log-").FullName;
    private readonly List<string> _lines = [];
    private int _ended;
    private int _refusedToStart;
    private int _wentOn;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Whichever_system_call_fails_the_manager_ends_in_words_and_what_was_told_holds()
    {
        Evidence.Evidence evidence = new("log-damage", "each system call of the manager fails");
        List<TracedCall> calls = await DiscoverAsync();
        int main = calls[0].Thread;
        bool all = Environment.GetEnvironmentVariable("CCR_CRASH_STATES") is not null;
        int cases = 0;
        foreach (string name in Traced.Split(',').Where(name => calls.Exists(call => call.Name == name)))
        {
            int atStart = calls.Count(call => call.Name == name && call.Thread == main);
            int later = calls.Where(call => call.Name == name && call.Thread != main)
                .GroupBy(call => call.Thread).Select(thread => thread.Count()).DefaultIfEmpty(0).Max();
            bool changes = !Harmless.Contains(name);
            List<int> turns = all ? [.. Enumerable.Range(1, atStart)] : later > atStart ? [] : [Math.Max(1, atStart)];
            turns.AddRange(later > atStart ? [atStart + 1] : []);
            foreach (string error in Errors.Where(error => all || changes || error is "EIO" or "EINTR"))
            {
                foreach (int turn in turns)
                {
                    await RunAsync(name, error, turn);
                    cases++;
                }
            }
        }

        Console.WriteLine(string.Join('\n', _lines));
        Assert.True(_ended > 0 && _refusedToStart > 0 && _wentOn > 0, $"{_ended} {_refusedToStart} {_wentOn}");
        evidence.Count("cases", cases).Count("ended with a sentence", _ended)
            .Count("refused to start with a sentence", _refusedToStart)
            .Count("harmless or interrupted, went on", _wentOn).Write();
    }

    private async Task<List<TracedCall>> DiscoverAsync()
    {
        string folder = Path.Combine(_folder, "discover");
        Directory.CreateDirectory(folder);
        using TracedManager manager = new(folder, Traced, inject: null);
        await using Drive drive = new(manager.Node);
        await drive.RunAsync(Actions).WaitAsync(Limit);
        await manager.StopAsync();
        return manager.Calls();
    }

    private async Task RunAsync(string call, string error, int turn)
    {
        string what = $"{call}:error={error}:when={turn}";
        string folder = Path.Combine(_folder, $"{call}-{error}-{turn}");
        Directory.CreateDirectory(folder);
        await using Drive drive = new(Path.Combine(folder, "tokyo"));
        string injected;
        Task driving;
        using (TracedManager manager = new(folder, Traced, what))
        {
            driving = drive.RunAsync(Actions);
            await Task.WhenAny(driving, manager.Ended).WaitAsync(Limit);
            bool byItself = !driving.IsCompleted || manager.Ended.IsCompleted;
            if (!byItself)
            {
                await manager.StopAsync();
            }

            await manager.Ended.WaitAsync(Limit);
            injected = string.Join('\n', manager.Calls().Select(made => made.Line)
                .Where(line => line.Contains("INJECTED", StringComparison.Ordinal)));
            string words = await manager.WordsAsync();
            Judge(what, error, injected, manager.ExitCode, words);
        }

        using TracedManager next = new(folder, trace: null, inject: null);
        await driving.WaitAsync(Limit);
        await drive.RunAsync(1).WaitAsync(Limit);
        await drive.CheckAsync(what).WaitAsync(Limit);
        await next.StopAsync();
        string last = await next.WordsAsync();
        Assert.True(next.ExitCode == 0, $"{what}: the next start ended with {next.ExitCode}: {last}");
    }

    private void Judge(string what, string error, string injected, int exitCode, string words)
    {
        bool up = words.Contains(" is up: ", StringComparison.Ordinal);
        string said = words.Split('\n').LastOrDefault(line => line.Contains("log", StringComparison.Ordinal)) ?? "";
        _lines.Add($"{what}: exit code {exitCode}{(up ? "" : " at start")}. {said.Trim()}");
        Assert.False(said.Contains("already in use", StringComparison.Ordinal), $"{what}: nobody else has it. {said}");
        // Each thread counts its own calls, so that one case may hit several.
        bool harmless = injected.Length == 0 || error == "EINTR" || injected.Split('\n').All(IsHarmless);
        if (harmless)
        {
            _wentOn++;
            Assert.True(exitCode == 0, $"{what}: {exitCode}. {words}\n{injected}");
            return;
        }

        Assert.True(exitCode != 0, $"{what}: it went on. {words}\n{injected}");
        Assert.True(said.EndsWith('.'), $"{what}: it said no sentence. {words}");
        _ended += up ? 1 : 0;
        _refusedToStart += up ? 0 : 1;
    }

    // The number of the process in the lock file is for people only; readers' own locks are the base library's.
    private static bool IsHarmless(string call) =>
        call.Contains("/lock>", StringComparison.Ordinal)
            ? call.Contains(" ftruncate(", StringComparison.Ordinal)
                || call.Contains(" pwrite64(", StringComparison.Ordinal)
            : call.Contains("flock(", StringComparison.Ordinal)
                || call.Contains("statfs(", StringComparison.Ordinal);

    /// <summary>Two Servers and a Client that live longer than any manager.</summary>
    private sealed class Drive : IAsyncDisposable
    {
        private readonly KeptBranches _one = new();
        private readonly KeptBranches _other = new();
        private readonly CcrServer _first;
        private readonly CcrServer _second;
        private readonly string _socket;
        private readonly ConcurrentDictionary<AtomicActionId, bool> _told = new();

        internal Drive(string node)
        {
            _socket = new NodeLayout(node).ManagerSocket;
            _first = Start("a", _one);
            _second = Start("b", _other);
        }

        internal async Task RunAsync(int actions)
        {
            await Task.WhenAll(_first.Registered, _second.Registered);
            await using CcrClient client = await CcrClient.ConnectAsync(_socket);
            for (int done = 0; done < actions;)
            {
                try
                {
                    await using AtomicAction action = await client.TransOpenAsync(["a", "b"]);
                    _told[action.Id] = (await action.TransCloseAsync()).IsCommitted;
                    done++;
                }
                catch (Exception lost) when (lost is CcrManagerLostException or CcrRefusedException)
                {
                    await Task.WhenAll(_first.Registered, _second.Registered);
                }
            }
        }

        internal async Task CheckAsync(string what)
        {
            await Task.WhenAll(_one.Settled, _other.Settled);
            foreach ((AtomicActionId action, bool committed) in _told)
            {
                Assert.True(_one.HasCommitted(action) == committed, $"{what}: {action}, told {committed}, at a");
                Assert.True(_other.HasCommitted(action) == committed, $"{what}: {action}, told {committed}, at b");
            }

            Assert.Contains(true, _told.Values);
        }

        public async ValueTask DisposeAsync()
        {
            await _first.DisposeAsync();
            await _second.DisposeAsync();
        }

        private CcrServer Start(string name, KeptBranches branches) => CcrServer.Start(
            new CcrServerOptions { Name = name, Kind = "kept", Incarnation = 1, ManagerSocket = _socket }, branches);
    }
}
