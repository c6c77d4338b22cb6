using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>How an order is answered when its branch is not, or no longer, prepared.</summary>
internal static class OrderEnding
{
    /// <summary>True when the fate of the branch's transaction has to be asked for before there is an answer.</summary>
    public static bool DependsOnFate(PendingOrder order, HandDecision? byHand) =>
        order.EndedNames == 0 && byHand is null && order.Note.Xid != 0;

    /// <summary>An answer, or null: it has to be looked at again.</summary>
    /// <param name="order">No scan begun after it came, and after its owner was looked at, shows the branch.</param>
    /// <param name="product">The kind of database.</param>
    /// <param name="byHand">What an operator did to it, or null.</param>
    /// <param name="fate">What the database says of its transaction, where that was asked.</param>
    public static Ending? OfAbsent(PendingOrder order, string product, HandDecision? byHand, TransactionFate fate)
    {
        if (order.EndedNames > 0 || byHand is not null)
        {
            return Ending.Of(order, byHand);
        }

        if (order.Note.Xid != 0)
        {
            return OfFate(order, product, fate);
        }

        // Commit: it was prepared, its owner had the order too, and it is gone (SEM-10). Rollback: nothing may follow.
        return order.Commits || order.Note.Backend == 0 || order.IsOwnerOver ? Ending.AsOrdered(order) : null;
    }

    private static Ending? OfFate(PendingOrder order, string product, TransactionFate fate) => fate switch
    {
        TransactionFate.InProgress => null,
        TransactionFate.NeverGiven when order.Commits => new Ending(DoneOutcome.Hazard,
            $"{product} has never given the transaction number {order.Note.Xid}: the database is an older copy, or "
            + "another one, and does not have the branch's work."),
        TransactionFate.RolledBack when order.Commits => new Ending(DoneOutcome.RolledBack,
            "The branch was prepared, commit was decided, and it is rolled back: an administrator did that "
            + "(ROLLBACK PREPARED), or the database was restored from an older copy."),
        TransactionFate.Committed when !order.Commits => new Ending(DoneOutcome.Committed,
            "The branch was to be rolled back, and it is committed: an administrator did that (COMMIT PREPARED), "
            + "or its owner."),
        _ => Ending.AsOrdered(order), // too old for the database to say
    };
}

/// <summary>The answer to an order. What went against it is damage, and says why (SEM-4).</summary>
internal readonly record struct Ending(DoneOutcome Outcome, string Text)
{
    /// <summary>It went as the manager said, unless an operator's hand went the other way.</summary>
    public static Ending Of(PendingOrder order, HandDecision? byHand) =>
        byHand is null || byHand.Commits == order.Commits
            ? AsOrdered(order)
            : new Ending(byHand.Commits ? DoneOutcome.Committed : DoneOutcome.RolledBack, byHand.Sentence);

    /// <summary>All of it went as the manager said.</summary>
    public static Ending AsOrdered(PendingOrder order) =>
        new(order.Commits ? DoneOutcome.Committed : DoneOutcome.RolledBack, "");
}
