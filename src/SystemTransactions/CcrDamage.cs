using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.SystemTransactions;

/// <summary>A scope ended, and a branch of it ended the other way (SEM-4).</summary>
public sealed class CcrDamagedEventArgs(AtomicActionId action, bool isCommitted, IReadOnlyList<Damage> damages)
    : EventArgs
{
    /// <summary>The atomic action of the scope.</summary>
    public AtomicActionId Action { get; } = action;

    /// <summary>How the others ended.</summary>
    public bool IsCommitted { get; } = isCommitted;

    /// <summary>Where it was, and what was done there.</summary>
    public IReadOnlyList<Damage> Damages { get; } = damages;
}

/// <summary>A scope committed, and a branch of it did not: somebody ended that one by hand (SEM-4).</summary>
public sealed class CcrDamageException(string message, IReadOnlyList<Damage> damages) : Exception(message)
{
    /// <summary>Where it was, and what was done there.</summary>
    public IReadOnlyList<Damage> Damages { get; } = damages;
}
