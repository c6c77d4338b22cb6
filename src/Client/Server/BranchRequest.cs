namespace Ccr.Client;

/// <summary>
/// A Client's request at work in a branch of this Server, entered by <see cref="CcrServer.TryEnter"/>. Dispose of it
/// when the request is answered: Prepare is refused while one is at work (SEM-8).
/// </summary>
public sealed class BranchRequest : IDisposable
{
    private readonly BranchSlot _slot;
    private int _left;

    internal BranchRequest(BranchSlot slot) => _slot = slot;

    /// <summary>The branch that the request works for.</summary>
    public BranchContext Branch => _slot.Context;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
        {
            _slot.Leave();
        }
    }
}
