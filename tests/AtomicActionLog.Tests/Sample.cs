using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>Records to test with.</summary>
internal static class Sample
{
    internal static readonly NodeName Tokyo = NodeName.Parse("tokyo");
    internal static readonly NodeName Osaka = NodeName.Parse("osaka");
    private static readonly ManagerIdentity Peer = new(Osaka, new LogIdentity(7), 2);

    internal static AtomicActionId Action(int number) => new(AeTitle.Of(Osaka), Suffix.OfCounter(1, (ulong)number));

    internal static BranchId Branch(int number) => new(AeTitle.Of(Osaka), Suffix.OfInteger(number));

    internal static LogReady Ready(int action, int branch = 1) =>
        new(Action(action), Branch(branch), Peer, "127.0.0.1:4000", [], [Held("files", branch)]);

    internal static LogCommit Commit(int action, int? branch = null) => new(
        Action(action),
        branch is int number ? Branch(number) : null,
        branch is null ? null : Peer,
        [new Subordinate(Osaka, Branch(9), "127.0.0.1:4001")],
        [Held("files", 3)]);

    internal static Heuristic Heuristic(int action, int branch) =>
        new(Action(action), Branch(branch), Decision.Commit, 5, "an operator");

    internal static LogDamage Damage(int action, int? branch, bool reported = false) => new(
        Action(action), branch is int number ? Branch(number) : null, Peer, Outcome.Committed, [], reported);

    internal static Forget Forget(int action, int? branch = null) =>
        new(Action(action), branch is int number ? Branch(number) : null, Outcome.Committed);

    private static ServerBranch Held(string server, int branch) => new(server, Branch(branch));
}
