using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>Manager to Server: begin the branch.</summary>
public sealed record Begin(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Server to manager: the branch is begun.</summary>
public sealed record Begun(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Manager to Server: can the branch be committed?</summary>
public sealed record Prepare(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Server to manager: it can, whatever happens.</summary>
public sealed record Ready(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Server to manager: the branch changed nothing and is over.</summary>
public sealed record NoChange(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Server to manager: answers Begin or Prepare, or unasked before Ready.</summary>
public sealed record BranchRefused(string Server, AtomicActionId Action, BranchId Branch, Refusal Refusal)
    : BranchMessage(Server, Action, Branch);

/// <summary>Manager to Server: commit the branch.</summary>
public sealed record Commit(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Manager to Server: decide alone, and keep the outcome until <see cref="ForgetBranch"/> (SEM-5).</summary>
public sealed record CommitOnePhase(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Manager to Server: roll the branch back.</summary>
public sealed record RollbackBranch(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>
/// Server to manager: answers commit, commit-one-phase and rollback; the text is empty unless mix or hazard.
/// </summary>
public sealed record Done(string Server, AtomicActionId Action, BranchId Branch, DoneOutcome Outcome, string Text)
    : BranchMessage(Server, Action, Branch);

/// <summary>Manager to Server: the outcome of a one-phase branch is noted.</summary>
public sealed record ForgetBranch(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);

/// <summary>Manager to Server, answers found: keep holding the branch (SEM-3).</summary>
public sealed record NotMine(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch);
