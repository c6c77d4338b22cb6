using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files;
using Ccr.Resources.Xa;
using MySqlConnector;
using Npgsql;

namespace Ccr.DatabaseAttackApp;

/// <summary>Runs the actions: each raises the counter of its own row in every database, and in its file.</summary>
internal sealed partial class Application : IAsyncDisposable
{
    private readonly CcrFiles _files = new();
    private readonly ConcurrentDictionary<int, Script> _scripts = new();
    private readonly List<XaDatabase> _databases = [];
    private CcrClient _client = null!;
    private string? _fileServer;

    /// <summary>Connects, and registers the databases: NAME|KIND|CONNECTION, or files|SERVER.</summary>
    internal static async Task<Application> StartAsync(string socket, IEnumerable<string> resources)
    {
        Application application = new() { _client = await CcrClient.ConnectAsync(socket) };
        foreach (string[] parts in resources.Select(r => r.Split('|', 3)))
        {
            if (parts[0] == "files")
            {
                application._fileServer = parts[1];
                continue;
            }

            bool isMaria = parts[1] == "mysql";
            await application._client.RegisterDatabaseAsync(new CcrDatabase(parts[0], parts[1], parts[2]));
            DbDataSource source = isMaria
                ? MySqlConnectorFactory.Instance.CreateDataSource(parts[2])
                : NpgsqlDataSource.Create(parts[2] + "Enlist=false;Application Name=attacked;Timeout=5");
            application._databases.Add(new XaDatabase(
                parts[0], source, isMaria ? MySqlDialect.Instance : PostgreSqlDialect.Instance));
        }

        return application;
    }

    /// <summary>Goes on with the action of that row.</summary>
    internal void Go(int row) => _scripts[row].Go();

    /// <summary>Runs one action, and says how it ended.</summary>
    internal async Task RunAsync(int row, string step, int limitMs)
    {
        Script script = _scripts[row] = new Script(step);
        string told = await ToldAsync(async () =>
        {
            TimeSpan? limit = limitMs == 0 ? null : TimeSpan.FromMilliseconds(limitMs);
            await using AtomicAction action = await _client.OpenAsync(limit);
            await WorkAsync(action, row, (inner, place) => new ScriptedBranch(inner, script, place, _databases.Count));
            await script.AtAsync("worked");
            return await action.TransCloseAsync();
        });
        await script.AtAsync("done-sent");
        Words.Say($"told {row} {told}");
    }

    /// <summary>Prepares many actions and leaves all in doubt; every fifth one undecided.</summary>
    internal async Task HoldAsync(int count, int workers)
    {
        int next = 0, branches = 0;
        TaskCompletionSource all = new();
        void Held()
        {
            if (Interlocked.Increment(ref branches) == count * _databases.Count)
            {
                all.TrySetResult();
            }
        }

        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
        {
            for (int row = Interlocked.Increment(ref next); row <= count; row = Interlocked.Increment(ref next))
            {
                AtomicAction action = await _client.OpenAsync(TimeSpan.FromMinutes(30));
                bool asks = row % 5 != 0;
                TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
                int left = _databases.Count;
                await WorkAsync(action, row, (inner, _) => new HeldBranch(inner, asks, () =>
                {
                    Held();
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        held.TrySetResult();
                    }
                }));
                await await Task.WhenAny(action.TransCloseAsync(), held.Task);
            }
        })));
        await all.Task;
        Words.Say($"held {count}");
    }

    /// <summary>
    /// Some workers, each with one action after the other, which moves from a counter of one database to one of the
    /// other and notes itself in both; what each was told is said. Every second one is told when it is decided.
    /// </summary>
    internal Task LoadAsync(int first, int workers, int rows) => Task.WhenAll(
        Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            Random random = new(first + worker);
            for (int id = first + worker; ; id += workers)
            {
                Words.Say($"open {id}");
                int row = random.Next(1, rows + 1), other = random.Next(1, rows + 1), amount = random.Next(1, 10);
                string told = await ToldAsync(async () =>
                {
                    await using AtomicAction action = await _client.OpenAsync();
                    string[] work =
                    [
                        Number($"UPDATE t SET v = v - {amount} WHERE id = {row}"),
                        Number($"UPDATE t SET v = v + {amount} WHERE id = {other}"),
                    ];
                    for (int i = 0; i < _databases.Count; i++)
                    {
                        XaConnection connection = await action.OpenAsync(_databases[i]);
                        await ExecuteAsync(connection, work[i]);
                        await ExecuteAsync(connection, Number($"INSERT INTO ops VALUES ({id})"));
                    }

                    return await action.TransCloseAsync(id % 2 == 0 ? CloseAnswer.Decided : CloseAnswer.Done);
                });
                Words.Say($"told {id} {told}");
            }
        })));

    public async ValueTask DisposeAsync()
    {
        await _files.DisposeAsync();
        await _client.DisposeAsync();
    }

    private static async Task<string> ToldAsync(Func<Task<CcrOutcome>> run)
    {
        try
        {
            CcrOutcome outcome = await run();
            string damages = string.Join("; ", outcome.Damages.Select(d => $"{d.Kind} {d.Text}"));
            return outcome.IsCommitted
                ? $"committed {damages}"
                : $"rolledback {damages} {outcome.Refusal!.Text}";
        }
        catch (CcrOutcomeUnknownException unknown)
        {
            return $"unknown {unknown.Message}";
        }
        catch (Exception failed) when (failed is CcrRefusedException or CcrManagerLostException or DbException
            or InvalidOperationException or IOException)
        {
            return $"rolledback {failed.GetType().Name}: {failed.Message}"; // before TransClose
        }
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task ExecuteAsync(DbConnection connection, string text)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }

    private async Task WorkAsync(AtomicAction action, int row, Func<XaBranch, int, IApplicationBranch> wrap)
    {
        if (_fileServer is { } server)
        {
            await action.TransOpenSubAsync(server);
            await _files.ReplaceTextAsync(action, server, Number($"r{row}"), "1");
        }

        for (int i = 0; i < _databases.Count; i++)
        {
            BranchId id = action.NewBranch();
            XaBranch branch = await XaBranch.BeginAsync(
                _databases[i], XaBranch.NameOf(action, id), XaOpenOptions.Default, CancellationToken.None);
            action.Add(wrap(branch, i));
            await ExecuteAsync(branch.Connection, Number($"UPDATE t SET v = v + 1 WHERE id = {row}"));
        }
    }
}
