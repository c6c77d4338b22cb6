using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LogDamage.Tests.Oracle;

/// <summary>Records to write, each told from all others by its number.</summary>
internal static class Records
{
    internal static readonly NodeName Tokyo = NodeName.Parse("tokyo");
    private static readonly NodeName Osaka = NodeName.Parse("osaka");
    private static readonly ManagerIdentity Peer = new(Osaka, new LogIdentity(7), 2);

    internal static LogReady Ready(int action) =>
        new(Action(action), Branch(action), Peer, "127.0.0.1:4000", [], [new ServerBranch("files", Branch(action))]);

    internal static LogCommit Commit(int action) => new(
        Action(action), Branch(action), Peer, [new Subordinate(Osaka, Branch(9), "127.0.0.1:4001")], []);

    internal static Forget Forget(int action) => new(Action(action), Branch(action), Outcome.Committed);

    internal static OperatorNote Note(int number, int letters) =>
        new(number, "ann", new string((char)('a' + (number % 26)), letters));

    private static AtomicActionId Action(int number) => new(AeTitle.Of(Osaka), Suffix.OfCounter(1, (ulong)number));

    private static BranchId Branch(int number) => new(AeTitle.Of(Osaka), Suffix.OfInteger(number));
}
