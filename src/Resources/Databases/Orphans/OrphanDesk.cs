using System.Data.Common;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using BranchEnd = Ccr.Resources.Xa.BranchEnd;

namespace Ccr.Resources.Databases;

/// <summary>
/// Shows every prepared branch of the node's databases with what the log says of it, and ends single ones.
/// </summary>
internal sealed class OrphanDesk(DatabaseSet databases, WorkerParts parts, ManagerQuestions questions)
{
    private const int PollMs = 50;

    private readonly Verdicts _verdicts = new(parts, questions);

    /// <summary>All of them, of one database or of all.</summary>
    public async Task<Orphans> ListAsync(AskOrphans ask, CancellationToken cancel)
    {
        IReadOnlyList<DatabaseServer> asked = ask.Database is null ? databases.All : [Of(ask.Database)];
        List<string> notes = [.. parts.Registry.ByHand
            .Where(one => ask.Database is null || one.Database == ask.Database)
            .Select(one => $"{one.Database}: {one.Name}: {one.Sentence} Its manager has not noted it (SEM-4).")];
        List<Orphan> items = [];
        foreach (DatabaseServer server in asked)
        {
            try
            {
                items.AddRange(await ListAsync(server, notes, cancel).ConfigureAwait(false));
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                notes.Add($"{server.Definition.Name}: {server.Database.Explain(e)}");
            }
        }

        if (items.Count > DatabaseLimits.OrphansShownMax)
        {
            notes.Add($"{items.Count - DatabaseLimits.OrphansShownMax} more are not shown: ask for one database.");
        }

        return new Orphans(ask.Reference, [.. items.Take(DatabaseLimits.OrphansShownMax)], notes);
    }

    /// <summary>Ends one as the log says, or by hand; gives a sentence.</summary>
    /// <exception cref="CcrRefusedException">It may not be, or is not there.</exception>
    public async Task<string> ResolveAsync(ResolveOrphan order, CancellationToken cancel)
    {
        DatabaseServer server = Of(order.Database);
        PreparedBranch found = await FindAsync(server, order.Name, cancel).ConfigureAwait(false)
            ?? throw Refused(RefusalCode.UnknownAction,
                $"{order.Database} has no prepared branch '{order.Name}': it is finished, or was never prepared.");
        Claim? claim = Claim.Of(found, parts.Self, order.Database);
        Verdict verdict = _verdicts.OfName(found, claim)
            ?? await _verdicts.OfBranchAsync(server, claim!.Branch, cancel).ConfigureAwait(false);
        bool? wanted = order.Decision switch
        {
            OrphanDecision.Commit => true,
            OrphanDecision.Rollback => false,
            _ => null,
        };
        return (verdict.Fate, wanted) switch
        {
            (Fate.Foreign, _) => throw Refused(RefusalCode.NotPermitted, ForeignSentence(server, found)),
            (Fate.Live, _) => throw Refused(RefusalCode.WrongState,
                $"{claim!.Branch} is at work: its owner holds it, or the action is not closed yet. End that Client, or "
                + "wait for the action's time limit; the branch is then rolled back by itself."),
            (Fate.NotMine, bool commits) when claim is not null =>
                await EndByHandAsync(server, found, claim, commits, order.Operator, cancel).ConfigureAwait(false),
            (Fate.NotMine, _) => throw Refused(RefusalCode.NotMine,
                $"{found.NativeName} is {verdict.Text}: only that manager may end it (SEM-3). Ask there."),
            (Fate.InDoubt, bool commits) when verdict.Subordinate is not null =>
                await ResolveActionAsync(claim!.Branch, verdict, commits, order.Operator, cancel).ConfigureAwait(false),
            (Fate.InDoubt, _) => throw Refused(RefusalCode.WrongState, $"{claim!.Branch} is {verdict.Text}."),
            (Fate fate, bool commits) when commits != (fate == Fate.Commit) =>
                await AgainstTheLogAsync(server, found, claim!, commits, order.Operator, cancel).ConfigureAwait(false),
            _ => await AsLoggedAsync(server, found, verdict, cancel).ConfigureAwait(false),
        };
    }

    private async Task<List<Orphan>> ListAsync(
        DatabaseServer server, List<string> notes, CancellationToken cancel)
    {
        string name = server.Definition.Name;
        if (server.Worker.Refused is { } why)
        {
            notes.Add($"{name}: {why}");
            return [];
        }

        IReadOnlyList<PreparedBranch> all = await server.Database.ScanAsync(cancel).ConfigureAwait(false);
        Dictionary<string, OrphanDetails> details = [];
        try
        {
            foreach (OrphanDetails one in await server.Database.OrphansAsync(cancel).ConfigureAwait(false))
            {
                details[one.NativeName] = one;
            }
        }
        catch (Exception e) when (XaDialect.IsOfDriver(e))
        {
            notes.Add($"{name}: locks and waiting sessions cannot be told. {server.Database.Explain(e)}");
        }

        List<Orphan> shown = [];
        foreach (PreparedBranch found in all.Where(one => one.IsHere))
        {
            Claim? claim = Claim.Of(found, parts.Self, name);
            Verdict verdict = _verdicts.OfName(found, claim)
                ?? (shown.Count < DatabaseLimits.OrphansShownMax
                    ? await _verdicts.OfBranchAsync(server, claim!.Branch, cancel).ConfigureAwait(false)
                    : new Verdict(Fate.Live, ""));
            OrphanDetails? cost = details.GetValueOrDefault(found.NativeName);
            shown.Add(new Orphan(
                name, found.NativeName, found.Owner, claim?.Branch.Action ?? found.Managed?.Action,
                claim?.Branch.Id ?? found.Managed?.Branch,
                (claim?.Promised ?? found.Managed?.Manager)?.ToString() ?? "",
                found.Age is { } age ? Math.Max(0, (long)age.TotalMilliseconds) : -1,
                cost?.LocksHeld ?? -1, cost?.SessionsBlocked ?? -1, verdict.Text));
        }

        return shown;
    }

    /// <summary>The manager is told that it is there, and orders what its log says.</summary>
    private async Task<string> AsLoggedAsync(
        DatabaseServer server, PreparedBranch found, Verdict verdict, CancellationToken cancel)
    {
        await ReportAsync(server, cancel).ConfigureAwait(false);
        await GoneAsync(server, found.NativeName, cancel).ConfigureAwait(false);
        return $"{found.NativeName} at {server.Definition.Name} is ended as the log says: {verdict.Text}.";
    }

    /// <summary>
    /// What the operator does is durable first; then the manager's order comes, finds it, and is answered with damage,
    /// which the manager records (SEM-4).
    /// </summary>
    private async Task<string> AgainstTheLogAsync(
        DatabaseServer server, PreparedBranch found, Claim claim, bool commits, string by, CancellationToken cancel)
    {
        Note(server, found, claim, commits, by);
        await ReportAsync(server, cancel).ConfigureAwait(false);
        await GoneAsync(server, found.NativeName, cancel).ConfigureAwait(false);
        return $"{found.NativeName} at {server.Definition.Name} is {Deed(commits)} by hand, against what the log says. "
            + $"That is heuristic damage of {claim.Branch.Action}: it stays recorded until 'ccrctl forget'.";
    }

    /// <summary>No manager can be told: what was done stays in the registry.</summary>
    private async Task<string> EndByHandAsync(
        DatabaseServer server, PreparedBranch found, Claim claim, bool commits, string by, CancellationToken cancel)
    {
        Note(server, found, claim, commits, by);
        EndResult end = await server.Database.EndAsync(found.NativeName, commits, cancel).ConfigureAwait(false);
        return end.End == BranchEnd.Done
            ? $"{found.NativeName} at {server.Definition.Name} is {Deed(commits)} by hand. The manager that was "
                + $"promised it, {claim.Promised}, is not here: the deed stays noted in this node's list of databases."
            : throw Refused(RefusalCode.Resource, end.Refusal.Text);
    }

    private async Task<string> ResolveActionAsync(
        Branch branch, Verdict verdict, bool commits, string by, CancellationToken cancel) =>
        (await questions.AskAsync<Accomplished, Resolve>(
            reference => new Resolve(
                reference, branch.Action, verdict.Subordinate, commits ? Decision.Commit : Decision.Rollback, by),
            cancel).ConfigureAwait(false)).Text;

    private void Note(DatabaseServer server, PreparedBranch found, Claim claim, bool commits, string by)
    {
        long nowUs = (parts.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        parts.Registry.Note(new HandDecision(
            server.Definition.Name, found.NativeName, claim.Branch.Action.ToString(), claim.Branch.Id.ToString(),
            commits, by, nowUs));
        DatabasesLog.ByHand(
            parts.Logger, server.Definition.Name, by, commits ? "commits" : "rolls back", found.NativeName);
    }

    private async Task ReportAsync(DatabaseServer server, CancellationToken cancel)
    {
        string? why = await server.Worker.ScanNowAsync(cancel).WaitAsync(DatabaseLimits.Patience, parts.Time, cancel)
            .ConfigureAwait(false);
        if (why is not null)
        {
            throw Refused(RefusalCode.RetryLater, $"{server.Definition.Name}: {why}");
        }
    }

    private async Task GoneAsync(DatabaseServer server, string name, CancellationToken cancel)
    {
        long since = parts.NowMs;
        while (await FindAsync(server, name, cancel).ConfigureAwait(false) is not null)
        {
            if (parts.NowMs - since > DatabaseLimits.Patience.TotalMilliseconds / 2)
            {
                throw Refused(RefusalCode.RetryLater,
                    $"{name} is still prepared at {server.Definition.Name}: its owner is connected and holds it, or "
                    + "the database refuses to end it (see the manager's log). The manager goes on trying.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(PollMs), parts.Time, cancel).ConfigureAwait(false);
        }
    }

    private static async Task<PreparedBranch?> FindAsync(DatabaseServer server, string name, CancellationToken cancel)
    {
        try
        {
            IReadOnlyList<PreparedBranch> all = await server.Database.ScanAsync(cancel).ConfigureAwait(false);
            return all.FirstOrDefault(one => one.IsHere && one.NativeName == name);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            throw Refused(RefusalCode.RetryLater, $"{server.Definition.Name}: {server.Database.Explain(e)}");
        }
    }

    private DatabaseServer Of(string name) => databases.Find(name) ?? throw Refused(
        RefusalCode.NoSuchServer, $"This node has no database {name}: 'ccrctl databases' lists those that it has.");

    private static string Deed(bool commits) => commits ? "committed" : "rolled back";

    private static string ForeignSentence(DatabaseServer server, PreparedBranch found) =>
        server.Definition.Kind == DatabaseDrivers.MySql
            ? $"{found.NativeName} is no branch of Ccr, and is never touched. Who knows what it belongs to ends it by "
                + $"hand: XA COMMIT {found.NativeName} or XA ROLLBACK {found.NativeName}."
            : $"{found.NativeName} is no branch of Ccr, and is never touched. Who knows what it belongs to ends it by "
                + $"hand, connected to the database {found.Database} as {found.Owner} or as a superuser: COMMIT "
                + $"PREPARED '{found.NativeName}' or ROLLBACK PREPARED '{found.NativeName}'.";

    private static CcrRefusedException Refused(RefusalCode code, string text) => new(new Refusal(code, text));
}
