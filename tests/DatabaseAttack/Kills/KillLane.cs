using System.Diagnostics;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;

namespace Ccr.DatabaseAttack;

/// <summary>One node with its databases, and kill after kill of a process in the middle of an action.</summary>
internal sealed class KillLane(string parties, LockTimes times) : IAsyncDisposable
{
    private const int QuietLimitMs = 60_000;
    private const int AnyTimeMsMax = 30;
    private const int SentMs = 20;
    private const int TriesMax = 8;

    private readonly List<Party> _parties = [];
    private readonly Dictionary<int, string> _told = [];
    private AttackedNode _node = null!;
    private AttackedApplication? _application;

    /// <summary>What an action of it changes.</summary>
    public string Parties => parties;

    /// <summary>What all runs did, by what was counted.</summary>
    public Dictionary<string, int> Counts { get; } = [];

    private IEnumerable<Party> Databases => _parties.Where(p => p.IsDatabase);

    /// <summary>Starts node and databases: "postgresql+postgresql", "postgresql+mariadb+file".</summary>
    public async Task StartAsync(int rows)
    {
        string[] kinds = parties.Split('+');
        _node = new AttackedNode(kinds.Contains("file"));
        foreach (string kind in kinds)
        {
            string name = $"tokyo.db{_parties.Count + 1}";
            _parties.Add(kind switch
            {
                "postgresql" => await PostgreSqlParty.StartNewAsync(name, rows),
                "mariadb" => await MariaDbParty.StartNewAsync(name, rows),
                _ => new FileParty(_node).With(rows),
            });
        }

        _node.StartManager();
        await _node.ReadyAsync(0);
        await ApplicationAsync();
        await _node.ReadyAsync(_parties.Count);
    }

    /// <summary>Runs the plan, an action a kill.</summary>
    public async Task RunAsync(IReadOnlyList<Kill> plan, Random random)
    {
        for (int i = 0; i < plan.Count; i++)
        {
            string? next = i + 1 < plan.Count ? plan[i + 1].Failpoint : null;
            try
            {
                await OnceAsync(i + 1, plan[i], next, random);
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException(
                    $"{parties}, action {i + 1}, {plan[i]}: {failed.Message}\n{_node.LastWords}", failed);
            }
        }

        for (int row = 1; row <= plan.Count; row++)
        {
            await CompareAsync(row, "after all");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _application?.Dispose();
        _node?.Dispose();
        foreach (Party party in _parties)
        {
            await party.DisposeAsync();
        }
    }

    private async Task OnceAsync(int row, Kill kill, string? next, Random random)
    {
        if (kill.Failpoint is { } point && _node.Failpoint != point)
        {
            await _node.KillManagerAsync();
            _node.StartManager(point);
            await _node.ReadyAsync(_parties.Count);
        }

        AttackedApplication application = await ApplicationAsync();
        bool isHeld = await ReachAsync(application, kill, row, random);
        Stopwatch since = Stopwatch.StartNew();
        await KillAsync(kill);
        Task<double>[] probes = [.. _parties.Select(p => ProbeAsync(p, row, since))];
        if (isHeld && kill.Victim != Victim.Application)
        {
            application.Go(row);
        }

        await RestartAsync(kill, next);
        if (kill.Victim != Victim.Application)
        {
            _told[row] = await application.SaysAsync($"told {row}");
            Count($"told {_told[row].Split(' ')[2]}");
        }

        times.Add(parties, kill, (await Task.WhenAll(probes)).Max());
        await QuietAsync();
        await CompareAsync(row, "after recovery");
        Count("kills");
        Count($"kills of {kill.Victim}");
        Count(await _parties[0].ValueAsync(row) == 1 ? "committed" : "rolled back");
    }

    /// <summary>Goes to the moment of the kill; true when the application waits there to be let go.</summary>
    private async Task<bool> ReachAsync(AttackedApplication application, Kill kill, int row, Random random)
    {
        if (kill.Step == Kill.AnyTime)
        {
            application.Run(row, kill.ApplicationStep);
            await PassAsync(1 + random.Next(AnyTimeMsMax));
            return false;
        }

        for (int tries = 1; !await IsThereAsync(application, kill, row); tries++)
        {
            // Its pool has connections to a database that was killed in an earlier run: nothing was done yet.
            string early = await application.SaysAsync($"told {row}");
            Assert.True(
                tries < TriesMax && early.StartsWith($"told {row} rolledback", StringComparison.Ordinal), early);
        }

        if (kill.Step == Kill.CloseSent)
        {
            _node.StopManager();
            application.Go(row);
            await PassAsync(SentMs);
        }

        return kill.Step != Kill.CloseSent && kill.Failpoint is null;
    }

    /// <summary>Begins the action; false when it ended before the moment of the kill.</summary>
    private async Task<bool> IsThereAsync(AttackedApplication application, Kill kill, int row)
    {
        application.Run(row, kill.ApplicationStep);
        bool There() => kill.Failpoint is null
            ? application.HasSaid($"at {kill.ApplicationStep}")
            : _node.HasManagerExited;
        string early = kill.Failpoint is null ? $"told {row}" : $"told {row} rolledback"; // told, and then it dies
        await Until.TrueAsync(
            () => There() || application.HasSaid(early), $"the action comes to {kill.Step}", QuietLimitMs);
        return There() && (kill.Failpoint is not null
            || await application.SaysAsync($"at {kill.ApplicationStep}") is { Length: > 0 });
    }

    private async Task KillAsync(Kill kill)
    {
        switch (kill.Victim)
        {
            case Victim.Application:
                await _application!.KillAsync();
                break;
            case Victim.Manager when kill.Failpoint is null:
                await _node.KillManagerAsync();
                break;
            case Victim.Database:
                await VictimOf(kill).KillAsync();
                break;
            default:
                break; // it killed itself
        }

        if (kill.Step == Kill.CloseSent && kill.Victim != Victim.Manager)
        {
            _node.ContinueManager();
        }
    }

    private async Task RestartAsync(Kill kill, string? next)
    {
        if (kill.Victim == Victim.Manager)
        {
            _node.StartManager(next);
            await _node.ReadyAsync(_parties.Count);
        }
        else if (kill.Victim == Victim.Database)
        {
            await VictimOf(kill).StartAsync();
        }
    }

    private Party VictimOf(Kill kill) => Databases.ElementAt(kill.Turn % Databases.Count());

    /// <summary>The application that runs, or a new one: nobody starts it for recovery's sake.</summary>
    private async Task<AttackedApplication> ApplicationAsync()
    {
        if (_application is { HasExited: false })
        {
            return _application;
        }

        _application?.Dispose();
        _application = AttackedApplication.Start(_node.Layout.ManagerSocket, _parties.Select(p => p.Argument));
        await _application.ReadyAsync();
        return _application;
    }

    private static async Task<double> ProbeAsync(Party party, int row, Stopwatch since)
    {
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    await party.TouchAsync(row);
                    return true;
                }
                catch (Exception e) when (e is System.Data.Common.DbException or IOException
                    or System.Net.Sockets.SocketException or InvalidOperationException)
                {
                    return false; // locked, or not up
                }
            },
            $"{party.Name} lets another session change row {row}", QuietLimitMs);
        return since.Elapsed.TotalSeconds;
    }

    private async Task QuietAsync()
    {
        string left = "";
        try
        {
            await Until.TrueAsync(
                async () =>
                {
                    IReadOnlyList<ActionStatus>? actions = await _node.ActionsAsync();
                    List<string> some = actions is null
                        ? ["the manager does not answer"]
                        : [.. actions.Where(a => a.Outcome is Outcome.InDoubt or Outcome.Active || a.Damages.Count > 0)
                            .Select(a => $"{a.Action} {a.State} {string.Join(", ", a.Damages.Select(d => d.Text))}")];
                    foreach (Party party in _parties)
                    {
                        int prepared = await party.PreparedAsync();
                        some.AddRange(prepared == 0 ? [] : [$"{prepared} prepared at {party.Name}"]);
                    }

                    left = string.Join("; ", some);
                    return left.Length == 0;
                },
                "nothing is left", QuietLimitMs);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"An orphan after {QuietLimitMs} ms: {left}");
        }
    }

    /// <summary>All or nothing, as the Client was told.</summary>
    private async Task CompareAsync(int row, string when)
    {
        int[] values = await Task.WhenAll(_parties.Select(p => p.ValueAsync(row)));
        string found = $"{when}, row {row} is {string.Join(", ", values)}";
        string told = _told.GetValueOrDefault(row, "nothing");
        Assert.True(values.Distinct().Count() == 1, $"{found}: a mixed outcome. Told: {told}");
        int? expected = told.StartsWith($"told {row} committed", StringComparison.Ordinal) ? 1
            : told.StartsWith($"told {row} rolledback", StringComparison.Ordinal) ? 0
            : null;
        Assert.True(expected is null || expected == values[0], $"{found}, and the Client was told: {told}");
        Assert.False(
            told.Contains("Mix ", StringComparison.Ordinal) || told.Contains("Hazard ", StringComparison.Ordinal),
            $"Damage where nobody did any: {told}");
    }

    private void Count(string what) => Counts[what] = Counts.GetValueOrDefault(what) + 1;

    /// <summary>Lets a time pass: when a kill comes is a matter of time.</summary>
    private static async Task PassAsync(int ms)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(ms));
        await timer.WaitForNextTickAsync();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{parties}: {string.Join(", ", Counts.Select(c => $"{c.Value} {c.Key}"))}";
}
