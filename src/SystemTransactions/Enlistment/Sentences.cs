using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.SystemTransactions;

/// <summary>What users are told: what is wrong, and what to do.</summary>
internal static class Sentences
{
    public const string NoScope =
        "There is no Transaction.Current: open a TransactionScope first, and give it "
        + "TransactionScopeAsyncFlowOption.Enabled where await is used.";

    public const string Over =
        "The transaction is over: it was rolled back, or its time had run out. Begin again with a new "
        + "TransactionScope.";

    public const string SomebodyDurable =
        "A durable resource was enlisted in this transaction before Ccr, so that Ccr cannot decide it. Call Assist or "
        + "open Ccr's connection first, directly after the TransactionScope is made, and let nobody else enlist "
        + "durable (EnlistDurable, EnlistPromotableSinglePhase, SqlClient).";

    public const string NoSecondDurable =
        "Ccr decides this transaction, and a second durable resource cannot join it (EnlistDurable, a promotion to "
        + "MSDTC, a propagation token). Open its database through Ccr, or leave it out of the TransactionScope.";

    public const string AssistBeforeOpen =
        "A driver enlisted in this transaction before Assist was called, and may use a name that cannot be recovered. "
        + "Call Assist directly after the TransactionScope is made.";

    public const string DriverWithoutAssist =
        "A driver enlisted by itself in a transaction that Ccr decides, and would prepare a branch that nobody can "
        + "recover. Open that database through Ccr, or call Assist with its name directly after the TransactionScope "
        + "is made, or write Enlist=false in the driver's connection string.";

    public const string Subordinate =
        "The transaction is a SubordinateTransaction, which needs MSDTC. Use a TransactionScope or a "
        + "CommittableTransaction.";

    public const string InBranch =
        "The code works for a branch of a caller's atomic action, and a TransactionScope would be an action of its own "
        + "that may commit when the caller's does not. Open the databases without a scope (XaDatabase.OpenAsync): "
        + "their work is then the caller's. Where it has to be an action of its own, say so with "
        + "CcrAmbient.EnterNothing().";

    public const string WhichOne =
        "There are several CcrTransactions in this process, and none takes part in Transaction.Current yet, so that "
        + "nobody knows whose the request is. Open a connection, or call Assist, before the first request; or make one "
        + "CcrTransactions for the whole process.";

    public static string UnknownDriver(string driver) =>
        $"{driver} enlisted in the transaction, and assisted mode knows Npgsql alone: what it prepares does not carry "
        + "the transaction's name. Open its database through Ccr (managed mode).";

    public static string NotPrepared(int enlisted, int prepared, string found) =>
        $"{enlisted} connections are enlisted and the databases show {prepared} prepared branches ({found}): a branch "
        + "had failed and was committed as if nothing were wrong, or a database was used that Assist did not name. The "
        + "transaction is rolled back. Look for an exception that the application swallowed; name every database in "
        + "Assist.";

    public static string NothingPrepared(string database) =>
        $"{database} was named in Assist and shows no prepared branch: a branch there had failed, or the database was "
        + "not used. The transaction is rolled back. Name in Assist just the databases that the scope writes to (this "
        + "runtime does not let connections be counted).";

    public static string CannotVerify(string database, string why) =>
        $"Whether the branches at {database} are prepared could not be asked, so the transaction is rolled back. {why}";

    public static string Single(string database) =>
        $"A scope in assisted mode had one connection alone, at {database}: it is prepared and verified all the same. "
        + "Where one database is the rule, open it through Ccr: one phase is enough then.";

    public static string Damage(AtomicActionId action, CcrOutcome outcome)
    {
        string how = outcome.IsCommitted ? "committed" : "was rolled back";
        return $"{action} {how}, and not everywhere: {string.Join("; ", outcome.Damages.Select(TextOf))}. It stays in "
            + "ccrctl damage until an operator forgets it.";
    }

    private static string TextOf(Damage damage) => $"{damage.Text} ({damage.Taken})";
}
