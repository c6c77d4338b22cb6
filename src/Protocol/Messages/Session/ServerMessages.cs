using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>A Server registers: its name, kind, incarnation (raised at each start, SEM-7) and addresses.</summary>
public sealed record Register(
    long Reference, string Server, string Kind, long Incarnation, IReadOnlyList<string> Addresses)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Register"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);
}

/// <summary>Answers <see cref="Register"/>: who the manager is.</summary>
public sealed record Registered(long Reference, ManagerIdentity Identity) : SessionMessage, IReferenceMessage;

/// <summary>What a starting Server finds prepared or decided, in parts (SEM-3).</summary>
public sealed record Found(string Server, IReadOnlyList<FoundBranch> Branches, bool Last) : SessionMessage
{
    /// <inheritdoc cref="Found"/>
    public IReadOnlyList<FoundBranch> Branches { get; init => field = ValueList.Of(value); } = ValueList.Of(Branches);
}

/// <summary>A branch that a starting Server found, and the manager to which Ready was said (SEM-3).</summary>
public sealed record FoundBranch(AtomicActionId Action, BranchId Branch, ManagerIdentity Promised, FoundState State);
