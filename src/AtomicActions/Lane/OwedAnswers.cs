using Ccr.AtomicActions.Contract;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// What the Servers owe this lane: answers to rollbacks that were ordered and not waited for, and the end of a report
/// of what they found. A Server that stays connected and pays nothing gets no new branches past a limit, and no more
/// orders to roll back what it finds: so this is bounded (I12), and nothing that a late answer may tell of is
/// forgotten (SEM-4).
/// </summary>
internal sealed class OwedAnswers
{
    private readonly Dictionary<SessionId, HashSet<(AtomicActionId, BranchId)>> _presumed = [];

    /// <summary>What each Server that still reports has ended meanwhile.</summary>
    private readonly Dictionary<(SessionId Session, string Server), HashSet<(AtomicActionId, BranchId)>> _reporting =
        [];

    /// <summary>A Server has registered: it reports what it found.</summary>
    internal void Reports(LocalServer server) => _reporting[(server.Session, server.Server)] = [];

    /// <summary>It has registered, and not yet reported all that it found.</summary>
    internal bool IsReporting(LocalServer server) => _reporting.ContainsKey((server.Session, server.Server));

    /// <summary>The Server has reported all that it found.</summary>
    internal void HasReported(SessionId session, string server) => _reporting.Remove((session, server));

    /// <summary>A branch has ended: what a report that is under way says of it is older than that.</summary>
    internal void Ended(SessionId session, Done done)
    {
        if (_reporting.TryGetValue((session, done.Server), out HashSet<(AtomicActionId, BranchId)>? early))
        {
            early.Add((done.Action, done.Branch));
        }
    }

    /// <summary>True when the Server ended this branch while it reported.</summary>
    internal bool EndedWhileReporting(LocalServer server, FoundBranch found) =>
        _reporting.TryGetValue((server.Session, server.Server), out HashSet<(AtomicActionId, BranchId)>? early)
        && early.Contains((found.Action, found.Branch));

    /// <summary>A Server was told to roll back, and its answer is not waited for.</summary>
    internal void Presumed(SessionId session, AtomicActionId action, BranchId branch)
    {
        if (!_presumed.TryGetValue(session, out HashSet<(AtomicActionId, BranchId)>? owed))
        {
            _presumed.Add(session, owed = []);
        }

        owed.Add((action, branch));
    }

    /// <summary>True when the answer was owed; it is no longer.</summary>
    internal bool Answered(SessionId session, Done done) =>
        _presumed.TryGetValue(session, out HashSet<(AtomicActionId, BranchId)>? owed)
        && owed.Remove((done.Action, done.Branch));

    /// <summary>True when the Server was told to roll this branch back, and has not answered.</summary>
    internal bool IsOwed(SessionId session, FoundBranch found) =>
        _presumed.TryGetValue(session, out HashSet<(AtomicActionId, BranchId)>? owed)
        && owed.Contains((found.Action, found.Branch));

    /// <summary>Why the Server gets no new branch; null when it may.</summary>
    internal Refusal? Objection(LocalServer server)
    {
        int owed = (_presumed.TryGetValue(server.Session, out HashSet<(AtomicActionId, BranchId)>? presumed)
                ? presumed.Count : 0)
            + (_reporting.TryGetValue((server.Session, server.Server), out HashSet<(AtomicActionId, BranchId)>? early)
                ? early.Count : 0);
        return owed < Limits.OwedAnswersPerServerMax ? null : new Refusal(
            RefusalCode.Limit,
            $"{server.Server} is connected and owes {owed} answers or the end of its report: it gets no new branches "
            + "until it has answered; see what it waits for, or start it again.");
    }

    /// <summary>The session is over: so is what was owed on it.</summary>
    internal void Drop(SessionId session)
    {
        _presumed.Remove(session);
        foreach ((SessionId Session, string Server) key in _reporting.Keys.Where(k => k.Session == session).ToArray())
        {
            _reporting.Remove(key);
        }
    }
}
