using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>Takes databases into the registry, after the checks that can be made now.</summary>
internal sealed class Registrar(DatabaseSet databases, WorkerParts parts) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Registers a database; gives what is doubtful about it, or nothing.</summary>
    /// <exception cref="CcrRefusedException">It was not registered.</exception>
    /// <exception cref="IOException">It could not be saved.</exception>
    public async Task<string> RegisterAsync(DatabaseDefinition asked, CancellationToken cancel)
    {
        if (databases.Find(asked.Name) is { } served && served.Definition == asked && served.Worker.Refused is null)
        {
            await RegisteredAsync(served, cancel).ConfigureAwait(false);
            return "";
        }

        IDatabase database = OpenOrRefuse(asked);
        bool isServed = false;
        try
        {
            Check check = await CheckAsync(asked, database, cancel).ConfigureAwait(false);
            await _one.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                await MayReplaceAsync(asked, check, cancel).ConfigureAwait(false);
                parts.Registry.Put(asked);
                long incarnation = parts.Registry.RaiseIncarnation();
                served = await databases.ServeAsync(asked, database, incarnation).ConfigureAwait(false);
                isServed = true;
            }
            finally
            {
                _one.Release();
            }

            await RegisteredAsync(served, cancel).ConfigureAwait(false);
            return string.Join(' ', check.Notes);
        }
        finally
        {
            if (!isServed)
            {
                await database.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private IDatabase OpenOrRefuse(DatabaseDefinition asked)
    {
        if (databases.Find(asked.Name) is null && databases.All.Count >= DatabaseLimits.DatabasesMax)
        {
            throw Refused(RefusalCode.Limit,
                $"This node has {DatabaseLimits.DatabasesMax} databases, which is the limit.");
        }

        try
        {
            return databases.Open(asked);
        }
        catch (DriverException e)
        {
            throw Refused(RefusalCode.Resource, e.Message);
        }
    }

    /// <summary>What the database says of itself; where it cannot be reached, a note.</summary>
    private async Task<Check> CheckAsync(DatabaseDefinition asked, IDatabase database, CancellationToken cancel)
    {
        IReadOnlyList<RegistrationFinding> findings;
        string? identity;
        try
        {
            findings = await database.CheckAsync(parts.Options.BranchesExpected, cancel).ConfigureAwait(false);
            identity = await database.IdentityAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return e is System.Data.Common.DbException { SqlState: { } state } && IsDenied(state)
                ? throw Refused(RefusalCode.NotPermitted, $"{asked.Name}: {database.Explain(e)}")
                : new Check(null, [
                    $"It cannot be reached now ({database.Explain(e).TrimEnd('.')}): it is checked and scanned as soon "
                    + "as it can."]);
        }

        string blocking = string.Join(' ', findings.Where(one => one.Blocks).Select(one => one.Sentence));
        if (blocking.Length > 0)
        {
            throw Refused(RefusalCode.Resource, $"{asked.Name}: {blocking}");
        }

        if (databases.Conflict(asked.Name, identity) is { } conflict)
        {
            throw Refused(RefusalCode.WrongState, conflict);
        }

        return new Check(identity, [.. findings.Select(one => one.Sentence)]);
    }

    /// <summary>Another database under a known name: only when nothing of ours can be left at the old one.</summary>
    private async Task MayReplaceAsync(DatabaseDefinition asked, Check check, CancellationToken cancel)
    {
        if (databases.Find(asked.Name) is not { } old || old.Worker.Refused is not null || old.Definition == asked
            || (check.Identity is not null && check.Identity == old.Worker.Identity))
        {
            return;
        }

        string? why = old.Worker.Unreachable
            ?? await old.Worker.ScanNowAsync(cancel).WaitAsync(DatabaseLimits.Patience, parts.Time, cancel)
                .ConfigureAwait(false);
        if (why is not null)
        {
            throw Refused(RefusalCode.RetryLater,
                $"{asked.Name} is registered with another connection, and what is prepared there cannot be seen now: "
                + $"{why} Register it under another name, or again when the old database answers.");
        }

        if (old.Worker.OwnAtLastScan > 0 || !old.IsIdle)
        {
            throw Refused(RefusalCode.WrongState,
                $"{asked.Name} is registered with another connection, and {old.Worker.OwnAtLastScan} branches of "
                + $"{parts.Self.Node} are prepared there: see 'ccrctl orphans', and register it again when they are "
                + "finished.");
        }
    }

    private async Task RegisteredAsync(DatabaseServer server, CancellationToken cancel)
    {
        try
        {
            await server.Registered.WaitAsync(DatabaseLimits.Patience, parts.Time, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Refused(RefusalCode.RetryLater,
                $"{server.Definition.Name} is saved, and the manager has not taken it up yet: ask again.");
        }
    }

    /// <summary>A definite no: wrong password (28), no such database (3D).</summary>
    private static bool IsDenied(string state) =>
        state.StartsWith("28", StringComparison.Ordinal) || state.StartsWith("3D", StringComparison.Ordinal);

    private static CcrRefusedException Refused(RefusalCode code, string text) => new(new Refusal(code, text));

    /// <summary>What was found before anything was changed.</summary>
    private sealed record Check(string? Identity, IReadOnlyList<string> Notes);
}
