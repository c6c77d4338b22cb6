using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;

namespace Ccr.DatabaseAttack;

/// <summary>A node with two PostgreSQL clusters and an application, for one test.</summary>
internal sealed class TwoDatabases : IAsyncDisposable
{
    private readonly List<PostgreSqlParty> _parties = [];
    private AttackedApplication? _application;

    private TwoDatabases()
    {
    }

    public AttackedNode Node { get; } = new(withFiles: false);

    public AttackedApplication Application => _application!;

    public IReadOnlyList<PostgreSqlParty> Parties => _parties;

    public static async Task<TwoDatabases> StartNewAsync(
        int rows = 100, int? ownerTimeoutMs = null, params string[] settings)
    {
        TwoDatabases two = new();
        foreach (string name in new[] { "tokyo.orders", "tokyo.stock" })
        {
            two._parties.Add(await PostgreSqlParty.StartNewAsync(name, rows, settings));
        }

        two.Node.OwnerTimeoutMs = ownerTimeoutMs;
        two.Node.StartManager();
        await two.Node.ReadyAsync(0);
        await two.StartApplicationAsync();
        await two.Node.ReadyAsync(2);
        return two;
    }

    /// <summary>Starts an application, in the place of the last one.</summary>
    public async Task StartApplicationAsync()
    {
        _application?.Dispose();
        _application = AttackedApplication.Start(Node.Layout.ManagerSocket, _parties.Select(p => p.Argument));
        await _application.ReadyAsync();
    }

    /// <summary>Begins an action, which stops at that step.</summary>
    public async Task RunToAsync(int row, string step, int limitMs = 0)
    {
        Application.Run(row, step, limitMs);
        await Application.SaysAsync($"at {step}");
    }

    /// <summary>The name of the only branch that is prepared at that database.</summary>
    public Task<string> PreparedNameAsync(int which) =>
        _parties[which].Cluster.ScalarAsync("SELECT gid FROM pg_prepared_xacts");

    /// <summary>The row's counters: "1 0".</summary>
    public async Task<string> ValuesAsync(int row) =>
        string.Join(' ', await Task.WhenAll(_parties.Select(p => p.ValueAsync(row))));

    /// <summary>Returns when no branch is prepared anywhere and the manager has no action open or in doubt.</summary>
    public async Task QuietAsync()
    {
        foreach (PostgreSqlParty party in _parties)
        {
            await Until.TrueAsync(async () => await party.PreparedAsync() == 0, $"nothing is prepared at {party.Name}");
        }

        await Until.TrueAsync(
            async () => await Node.ActionsAsync() is { } actions
                && actions.All(a => a.Outcome is not (Outcome.InDoubt or Outcome.Active)),
            "nobody is in doubt");
    }

    public async ValueTask DisposeAsync()
    {
        _application?.Dispose();
        Node.Dispose();
        foreach (PostgreSqlParty party in _parties)
        {
            await party.DisposeAsync();
        }
    }
}
