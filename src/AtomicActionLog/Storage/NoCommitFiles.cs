using FASTER.core;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// FasterLog's commit manager that keeps nothing: what was committed is found by reading the records (SEM-18), so
/// there is no second file whose loss could matter.
/// </summary>
internal sealed class NoCommitFiles : ILogCommitManager
{
    /// <inheritdoc/>
    public void Commit(
        long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
        // The records themselves say how far the log goes.
    }

    /// <inheritdoc/>
    public byte[]? GetCommitMetadata(long commitNum) => null;

    /// <inheritdoc/>
    public IEnumerable<long> ListCommits() => [];

    /// <inheritdoc/>
    public void RemoveCommit(long commitNum)
    {
        // Nothing is kept.
    }

    /// <inheritdoc/>
    public void RemoveAllCommits()
    {
        // Nothing is kept.
    }

    /// <inheritdoc/>
    public void OnRecovery(long commitNum)
    {
        // Nothing is kept.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
