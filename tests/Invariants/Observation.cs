using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants;

/// <summary>
/// A fact that a harness saw, in the order in which things happened. Harnesses (explorer, simulator, crash matrix) tell
/// an <see cref="AtomicityChecker"/> what they saw; it alone knows what must hold.
/// </summary>
public abstract record Observation(NodeName Node);

/// <summary>
/// This record is durable: a force that covers it has ended; or a restart found it, though no force of it had ended.
/// </summary>
public sealed record RecordDurable(NodeName Node, LogContent Content) : Observation(Node);

/// <summary>The manager died, and with it all that was volatile.</summary>
public sealed record ManagerDied(NodeName Node) : Observation(Node);

/// <summary>A frame of an association was given to the network.</summary>
/// <param name="Node">Who sent it.</param>
/// <param name="Peer">To whom.</param>
/// <param name="Link">The harness's number of the connection: the same at both ends, never used twice.</param>
/// <param name="Message">The frame; its association is numbered within the link.</param>
public sealed record FrameLeft(NodeName Node, NodeName Peer, long Link, AssociationMessage Message) : Observation(Node);

/// <summary>An answer was given to a Client: DoneCommit, RolledBack, OutcomeIs; others are ignored.</summary>
public sealed record ClientTold(NodeName Node, SessionMessage Message) : Observation(Node);

/// <summary>An order of the manager was given to a Server of its node: Commit, RollbackBranch ...</summary>
public sealed record ServerOrdered(NodeName Node, BranchMessage Order) : Observation(Node);

/// <summary>A Server voted; a promise is durable there before this is observed.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Vote">Ready, NoChange or BranchRefused, as the Server sends it.</param>
public sealed record ServerVoted(NodeName Node, BranchMessage Vote) : Observation(Node);

/// <summary>What a branch did at a Server is durably committed, or undone.</summary>
/// <param name="Node">The Server's node.</param>
/// <param name="Server">The Server.</param>
/// <param name="Action">The action.</param>
/// <param name="Branch">The branch.</param>
/// <param name="Committed">How it ended.</param>
/// <param name="Why">What made it end so.</param>
public sealed record BranchEnded(
    NodeName Node, string Server, AtomicActionId Action, BranchId Branch, bool Committed, EndCause Why)
    : Observation(Node);

/// <summary>Why a branch ended at a Server.</summary>
public enum EndCause
{
    /// <summary>Its manager ordered it.</summary>
    Ordered,

    /// <summary>The Server undid what it had not promised: its session broke, it restarted, or it voted no.</summary>
    BeforePromise,

    /// <summary>The Server was told to commit in one phase and decided itself.</summary>
    OnePhase,

    /// <summary>The Server decided by hand what it had promised: heuristic.</summary>
    ByHand,
}
