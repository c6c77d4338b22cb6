using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>The log was started again; forced before anything else is answered.</summary>
public sealed record EpochRecord(ManagerIdentity Identity, int Format) : LogContent;

/// <summary>
/// Forced before C-READY-RI: the branch to the superior, where the superior was last (a hint), the ready branches
/// below.
/// </summary>
public sealed record LogReady(
    AtomicActionId Action, BranchId Branch, ManagerIdentity Superior, string Address,
    IReadOnlyList<Subordinate> Subordinates, IReadOnlyList<ServerBranch> Servers)
    : LogContent
{
    /// <inheritdoc cref="LogReady"/>
    public IReadOnlyList<Subordinate> Subordinates { get; init => field = ValueList.Of(value); } = ValueList.Of(Subordinates);

    /// <inheritdoc cref="LogReady"/>
    public IReadOnlyList<ServerBranch> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);
}

/// <summary>Forced before the first C-COMMIT-RI, or Commit to a Server; no branch and superior at the root.</summary>
public sealed record LogCommit(
    AtomicActionId Action, BranchId? Branch, ManagerIdentity? Superior, IReadOnlyList<Subordinate> Subordinates,
    IReadOnlyList<ServerBranch> Servers)
    : LogContent
{
    /// <inheritdoc cref="LogCommit"/>
    public IReadOnlyList<Subordinate> Subordinates { get; init => field = ValueList.Of(value); } = ValueList.Of(Subordinates);

    /// <inheritdoc cref="LogCommit"/>
    public IReadOnlyList<ServerBranch> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);
}

/// <summary>A heuristic decision; forced before it is acted upon.</summary>
public sealed record Heuristic(
    AtomicActionId Action, BranchId Branch, Decision Decision, long TimeUs, string Operator)
    : LogContent;

/// <summary>Forced before the confirm that reports it; kept until an operator forgets it (SEM-4).</summary>
public sealed record LogDamage(
    AtomicActionId Action, BranchId? Branch, ManagerIdentity? Superior, Outcome Outcome,
    IReadOnlyList<Damage> Damages, bool Reported)
    : LogContent
{
    /// <inheritdoc cref="LogDamage"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);
}

/// <summary>Nothing is left to do. Not forced, but at a subordinate that committed: before its confirm.</summary>
public sealed record Forget(AtomicActionId Action, BranchId? Branch, Outcome Outcome) : LogContent;

/// <summary>What was live when the log's first part was dropped; a large one comes in several parts.</summary>
public sealed record Checkpoint(int Part, int Parts, ManagerIdentity Identity, IReadOnlyList<LogContent> Live)
    : LogContent
{
    /// <inheritdoc cref="Checkpoint"/>
    public IReadOnlyList<LogContent> Live { get; init => field = ValueList.Of(value); } = ValueList.Of(Live);
}

/// <summary>
/// This Server may hold outcomes that it decided alone; forced before the first of each epoch (SEM-5).
/// </summary>
public sealed record OnePhaseServer(string Server) : LogContent;

/// <summary>What an operator did, for the record.</summary>
public sealed record OperatorNote(long TimeUs, string Operator, string Text) : LogContent;
