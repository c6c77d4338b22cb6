using System.Data.Common;
using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

public sealed partial class PostgreSqlDialect
{
    private const string UseManagedWork =
        "Do it outside the atomic action, or in an action whose only branch is this one.";

    /// <summary>What PREPARE TRANSACTION refuses (SQLSTATE 0A000), by a word of its message.</summary>
    private static readonly (string Word, string Sentence)[] Unpreparable =
    [
        ("temporary", "The branch used a temporary table, and PostgreSQL prepares no transaction that did. "
            + "Use an ordinary (or unlogged) table, or make and drop the temporary one before the action."),
        ("NOTIFY", "The branch executed LISTEN, UNLISTEN or NOTIFY, and PostgreSQL prepares no transaction that did. "
            + UseManagedWork),
        ("WITH HOLD", "The branch made a cursor WITH HOLD, and PostgreSQL prepares no transaction that did. "
            + "Read it to its end with an ordinary cursor."),
        ("exported snapshots", "The branch exported a snapshot, and PostgreSQL prepares no transaction that did. "
            + UseManagedWork),
        ("session-level", "The branch holds an advisory lock both for its session and for its transaction, and "
            + "PostgreSQL prepares no transaction that does. Use pg_advisory_xact_lock alone."),
        ("logical replication", "The branch changed logical replication's workers, and PostgreSQL prepares no "
            + "transaction that did. " + UseManagedWork),
    ];

    /// <inheritdoc/>
    public override Refusal Translate(Exception exception) => exception is DbException { SqlState: { } state } e
        ? state switch
        {
            "25P02" => new(
                RefusalCode.Resource,
                "A statement of the branch failed before, so that its transaction can only be rolled back. Roll the "
                + "atomic action back when a statement fails, or use a savepoint around it."),
            "40001" => new(
                RefusalCode.Deadlock,
                $"PostgreSQL could not serialize the branch with others ({e.Message}). Retry as a new atomic action."),
            "40P01" => new(
                RefusalCode.Deadlock,
                $"PostgreSQL chose the branch as the victim of a deadlock ({e.Message}). Retry as a new atomic "
                + "action."),
            "0A000" => new(RefusalCode.Resource, UnpreparableSentence(e)),
            "55000" => new(RefusalCode.Limit, NotInState(e)),
            "53200" when Says(e, "maximum number of prepared") => new(
                RefusalCode.Limit,
                "PostgreSQL has no room for another prepared transaction. Look for orphans with 'ccrctl orphans', and "
                + "set max_prepared_transactions to at least the connections that work for atomic actions, then "
                + "restart it."),
            "42710" => new(
                RefusalCode.WrongState,
                $"PostgreSQL has a prepared transaction of this name already ({e.Message}). A branch is "
                + "prepared once."),
            "42704" => new(
                RefusalCode.UnknownAction,
                $"PostgreSQL has no prepared transaction of this name ({e.Message}). Somebody has finished it, or it "
                + "was never prepared."),
            "42501" => new(
                RefusalCode.NotPermitted,
                $"PostgreSQL does not permit it ({e.Message}). Only a superuser and the role that prepared a "
                + "transaction may finish it: register the database with that role."),
            "25001" => new(
                RefusalCode.WrongState,
                $"The connection is inside a transaction ({e.Message}). A prepared transaction is finished on a "
                + "connection that has none."),
            _ => new(RefusalCode.Resource, $"PostgreSQL refused: {e.Message}"),
        }
        : exception is OperationCanceledException
        ? new(RefusalCode.Timeout, "The wait for PostgreSQL's answer was cancelled, so the answer is not known.")
        : new(RefusalCode.AssociationLost, $"PostgreSQL's answer was lost: {exception.Message}");

    private static string UnpreparableSentence(DbException e)
    {
        foreach ((string word, string sentence) in Unpreparable)
        {
            if (Says(e, word))
            {
                return sentence;
            }
        }

        return Says(e, "another database")
            ? $"The prepared transaction belongs to another database of this cluster ({e.Message}). Finish it over a "
                + "connection to that one."
            : $"PostgreSQL does not support this in a transaction that is to be prepared: {e.Message}";
    }

    private static string NotInState(DbException e) => Says(e, "disabled")
        ? "PostgreSQL has prepared transactions switched off. Set max_prepared_transactions to at least the "
            + "connections that work for atomic actions, then restart it."
        : Says(e, "busy")
        ? "Another session is finishing the prepared transaction just now. Ask again."
        : $"PostgreSQL is not in a state for it: {e.Message}";

    private static bool Says(DbException e, string word) => e.Message.Contains(word, StringComparison.Ordinal);
}
