using System.Collections.Concurrent;
using System.Text;
using System.Transactions;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.SystemTransactions;

/// <summary>
/// A scope in which stock drivers work: the databases that were named, one branch of the action for each, and the
/// verification that what is enlisted is prepared. Npgsql names its branches "GUID/PID"; the GUID is the action's.
/// </summary>
internal sealed class AssistedWork(CcrTransactions owner, ScopeAction scope)
{
    private readonly ConcurrentDictionary<string, XaDatabase> _named = new(StringComparer.Ordinal);
    private readonly string _guid = AssistedName.For(scope.Action.Manager, scope.Action.Id).ToString();
    private readonly Lock _lock = new();
    private Task<Verdict>? _verdict;
    private int _tooLong;

    /// <summary>The limit of the first phase, once it has begun.</summary>
    public ITimer? Limit { get; set; }

    /// <summary>Adds a branch for each database that is new.</summary>
    public void Name(IReadOnlyList<XaDatabase> databases)
    {
        foreach (XaDatabase database in databases)
        {
            if (_named.TryAdd(database.Name, database))
            {
                BranchId id = new(
                    AeTitle.Of(scope.Action.Manager.Node), Suffix.OfOctets(Encoding.UTF8.GetBytes(database.Name)));
                scope.Action.Add(new AssistedBranch(this, database.Name, id));
            }
        }
    }

    /// <summary>The manager hears of the branches now.</summary>
    public void Enlist() => scope.Action.EnlistBranches();

    /// <summary>A participant has not voted for too long, or threw: then the runtime asks nobody any more.</summary>
    public void TooLong()
    {
        if (Interlocked.Exchange(ref _tooLong, 1) != 0)
        {
            return;
        }

        try
        {
            owner.Log($"{scope.Action.Id}: not all participants prepared in time, so it is rolled back.");
            scope.Transaction.Rollback(new TimeoutException(
                "Not all participants of the transaction prepared in time, or one of them threw an exception."));
        }
        catch (Exception e) when (e is TransactionException or InvalidOperationException)
        {
            owner.Log($"{scope.Action.Id}: {e.Message}"); // it was decided at the same moment
        }
    }

    /// <summary>All have prepared: what do the databases say? Asked once for all branches.</summary>
    public Task<Verdict> VerifyAsync()
    {
        lock (_lock)
        {
            Limit?.Dispose();
            return _verdict ??= AskAsync();
        }
    }

    /// <summary>The second phase of the drivers; when it ends, each was told and has done what it does.</summary>
    public Task SecondPhaseAsync(bool commits) => commits
        ? scope.AnswerCommittedAsync()
        : scope.AnswerAbortedAsync(scope.Action.RolledBackBecause?.Text ?? "The transaction is rolled back.");

    private async Task<Verdict> AskAsync()
    {
        XaDatabase[] databases = [.. _named.Values];
        Task<Shown>[] questions = [.. databases.Select(d => owner.WatchOf(d).AskAsync(_guid))];
        Dictionary<string, Shown> found = new(databases.Length, StringComparer.Ordinal);
        for (int i = 0; i < databases.Length; i++)
        {
            try
            {
                found[databases[i].Name] = await questions[i].ConfigureAwait(false);
            }
            catch (Exception e)
            {
                return Verdict.Refused(Sentences.CannotVerify(databases[i].Name, e.Message));
            }
        }

        return Judge(found);
    }

    private Verdict Judge(Dictionary<string, Shown> found)
    {
        int prepared = found.Values.Sum(s => s.Count);
        if (Volatiles.Drivers(scope.Transaction) is { } drivers)
        {
            if (drivers.Npgsql != prepared)
            {
                string each = string.Join(", ", found.Select(f => $"{f.Key}: {f.Value.Count}"));
                return Verdict.Refused(Sentences.NotPrepared(drivers.Npgsql, prepared, each));
            }
        }
        else if (found.FirstOrDefault(f => f.Value.Count == 0) is { Key: { } none })
        {
            return Verdict.Refused(Sentences.NothingPrepared(none));
        }

        if (prepared == 1)
        {
            owner.WarnOfSingle(found.First(f => f.Value.Count > 0).Key);
        }

        return new Verdict(null, found);
    }
}

/// <summary>What one database shows of one action.</summary>
/// <param name="Count">Prepared branches.</param>
/// <param name="Xid">The transaction number of the first of them.</param>
internal readonly record struct Shown(int Count, ulong Xid);

/// <summary>What the databases show together.</summary>
/// <param name="Why">Why the action cannot be committed; null when it can.</param>
/// <param name="Found">By database.</param>
internal sealed record Verdict(Refusal? Why, IReadOnlyDictionary<string, Shown> Found)
{
    public static Verdict Refused(string why) =>
        new(new Refusal(RefusalCode.Resource, why), new Dictionary<string, Shown>());
}
