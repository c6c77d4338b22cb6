using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>What is to become of a prepared branch, by the log alone.</summary>
internal enum Fate
{
    /// <summary>No manager of ours named it.</summary>
    Foreign,

    /// <summary>Another manager, or another log, was promised.</summary>
    NotMine,

    /// <summary>Its action is at work.</summary>
    Live,

    /// <summary>Another node decides, or an operator has to (SEM-16).</summary>
    InDoubt,

    /// <summary>Commit is decided.</summary>
    Commit,

    /// <summary>It is rolled back, or was never decided.</summary>
    RollBack,
}

/// <summary>What is to become of a prepared branch.</summary>
/// <param name="Fate">For programs.</param>
/// <param name="Text">"live", "commit", "roll back", "foreign", or a sentence.</param>
/// <param name="Subordinate">Of an action in doubt here: its branch, for Resolve.</param>
internal sealed record Verdict(Fate Fate, string Text, BranchId? Subordinate = null);

/// <summary>Asks the manager what its log says of branches; nothing is guessed.</summary>
internal sealed class Verdicts(WorkerParts parts, ManagerQuestions questions)
{
    /// <summary>What no manager needs to be asked; null where ours has to be.</summary>
    public Verdict? OfName(PreparedBranch found, Claim? claim)
    {
        ManagerIdentity? promised = claim?.Promised ?? found.Managed?.Manager;
        if (promised is null)
        {
            return new Verdict(Fate.Foreign, "foreign");
        }

        if (promised.Node != parts.Self.Node)
        {
            return new Verdict(Fate.NotMine, $"not mine: promised to node {promised.Node}");
        }

        return promised.Log != parts.Self.Log
            ? new Verdict(Fate.NotMine, $"not mine: promised to another log of {promised.Node}, {promised}")
            : promised.Epoch > parts.Self.Epoch
            ? new Verdict(Fate.NotMine, $"not mine: promised at a later start of this log, {promised}, so that this "
                + "log is an older copy")
            : null;
    }

    /// <summary>What the log says of a branch that was promised by this manager.</summary>
    public async Task<Verdict> OfBranchAsync(DatabaseServer server, Branch branch, CancellationToken cancel)
    {
        if (server.OrderedOf(branch) is { } commits)
        {
            return commits ? new Verdict(Fate.Commit, "commit") : new Verdict(Fate.RollBack, "roll back");
        }

        Actions answer = await questions.AskAsync<Actions, AskActions>(
            reference => new AskActions(reference, branch.Action, false, 100), cancel).ConfigureAwait(false);
        foreach (ActionStatus one in answer.Items.Where(one => one.State is not ("Damaged" or "Ended")))
        {
            if (one.State == "Held")
            {
                return new Verdict(Fate.InDoubt, $"held: {one.Note}");
            }

            if (one.Branches.Any(b => b.Branch.Equals(branch.Id)) || one.Outcome == Outcome.Active)
            {
                return OfAction(one);
            }
        }

        return await IsLeasedAsync(branch.Action, cancel).ConfigureAwait(false)
            ? new Verdict(Fate.Live, "live")
            : new Verdict(Fate.RollBack, "roll back");
    }

    private static Verdict OfAction(ActionStatus action) => action.Outcome switch
    {
        Outcome.Active => new Verdict(Fate.Live, "live"),
        Outcome.Committed => new Verdict(Fate.Commit, "commit"),
        Outcome.InDoubt => new Verdict(
            Fate.InDoubt, $"in doubt: node {action.Superior?.Value ?? "?"} decides", action.Branch),
        _ => new Verdict(Fate.RollBack, "roll back"),
    };

    /// <summary>An identifier that a live session leased may be opened at any moment (SEM-9).</summary>
    private async Task<bool> IsLeasedAsync(AtomicActionId action, CancellationToken cancel)
    {
        if (action.Owner.Node != parts.Self.Node)
        {
            return false;
        }

        try
        {
            OutcomeIs outcome = await questions.AskAsync<OutcomeIs, AskOutcome>(
                reference => new AskOutcome(reference, action), cancel).ConfigureAwait(false);
            return outcome.Outcome == Outcome.Active;
        }
        catch (CcrRefusedException)
        {
            return false; // nothing is known of it
        }
    }
}
