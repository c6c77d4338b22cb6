using System.Data.Common;
using System.Globalization;
using Ccr.Resources.Xa;

namespace Ccr.SystemTransactions;

/// <summary>
/// Asks one database which branches are prepared, over one connection of our own. One question is on its way at a
/// time, and answers all who asked before it was sent; who comes meanwhile waits for the next.
/// </summary>
internal sealed class PreparedWatch(XaDatabase database) : IAsyncDisposable
{
    private const int GuidLetters = 36;

    // The function, not the view: it joins nothing.
    private const string Question = """
        SELECT p.gid, p.transaction::text, pg_snapshot_xmax(pg_current_snapshot())::text FROM pg_prepared_xact() p
        WHERE p.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
        """;

    private readonly Lock _lock = new();
    private List<Waiter> _waiting = [];
    private bool _asking;
    private DbConnection? _connection;
    private DbCommand? _command;

    /// <summary>What the database shows under a GUID; faulted when it could not be asked.</summary>
    public Task<Shown> AskAsync(string guid)
    {
        Waiter waiter = new(guid);
        lock (_lock)
        {
            _waiting.Add(waiter);
            if (_asking)
            {
                return waiter.Told.Task;
            }

            _asking = true;
        }

        _ = AskAllAsync();
        return waiter.Told.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private async Task AskAllAsync()
    {
        while (true)
        {
            List<Waiter> round;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _asking = false;
                    return;
                }

                (round, _waiting) = (_waiting, []);
            }

            try
            {
                await AskOnceAsync(round).ConfigureAwait(false);
            }
            catch (Exception first) when (XaDialect.IsOfDriver(first))
            {
                await AgainAsync(round).ConfigureAwait(false);
            }

            foreach (Waiter waiter in round)
            {
                waiter.Tell();
            }
        }
    }

    /// <summary>The connection may have been lost since the last question: once more, on a new one.</summary>
    private async Task AgainAsync(List<Waiter> round)
    {
        await CloseAsync().ConfigureAwait(false);
        try
        {
            await AskOnceAsync(round).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await CloseAsync().ConfigureAwait(false);
            round.ForEach(w => w.Failure = e);
        }
    }

    private async Task AskOnceAsync(List<Waiter> round)
    {
        Dictionary<string, Waiter> byGuid = new(round.Count, StringComparer.Ordinal);
        foreach (Waiter waiter in round)
        {
            waiter.Shown = default;
            byGuid[waiter.Guid] = waiter;
        }

        DbCommand command = await CommandAsync().ConfigureAwait(false);
        DbDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync().ConfigureAwait(false))
            {
                string gid = rows.GetString(0);
                if (gid.Length > GuidLetters && byGuid.TryGetValue(gid[..GuidLetters], out Waiter? waiter))
                {
                    ulong xid = PostgreSqlDialect.Widen(
                        uint.Parse(rows.GetString(1), CultureInfo.InvariantCulture),
                        ulong.Parse(rows.GetString(2), CultureInfo.InvariantCulture));
                    waiter.Shown = new Shown(
                        waiter.Shown.Count + 1, waiter.Shown.Count == 0 ? xid : waiter.Shown.Xid);
                }
            }
        }
    }

    private async ValueTask<DbCommand> CommandAsync()
    {
        if (_command is { Connection.State: System.Data.ConnectionState.Open })
        {
            return _command;
        }

        await CloseAsync().ConfigureAwait(false);
        _connection = await database.Source.OpenConnectionAsync().ConfigureAwait(false);
        _command = _connection.CreateCommand();
        _command.CommandText = Question;
        await _command.PrepareAsync().ConfigureAwait(false);
        return _command;
    }

    private async ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref _command, null) is { } command)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class Waiter(string guid)
    {
        public string Guid { get; } = guid;

        public Shown Shown { get; set; }

        public Exception? Failure { get; set; }

        public TaskCompletionSource<Shown> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Tell()
        {
            if (Failure is null)
            {
                Told.SetResult(Shown);
            }
            else
            {
                Told.SetException(Failure);
            }
        }
    }
}
