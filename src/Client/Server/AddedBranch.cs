using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>One application branch that a Server added to its own, and its one end.</summary>
internal sealed class AddedBranch(AddedWork work, ManagerSession session, IApplicationBranch branch)
{
    private readonly TaskCompletionSource<BranchEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _claimed;

    public AddedWork Work { get; } = work;

    /// <summary>The session in which it was enlisted; another manager session knows nothing of it.</summary>
    public ManagerSession Session { get; } = session;

    public IApplicationBranch Branch { get; } = branch;

    /// <summary>True when its database has said that it is prepared.</summary>
    public bool IsPrepared { get; set; }

    /// <summary>How it ended; whoever asks second gets the same answer.</summary>
    public Task<BranchEnd> End => _end.Task;

    /// <summary>True for the one caller that ends it, and has to say how.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>It has voted: it changed nothing, was refused, or the manager was told to see to it.</summary>
    public void OverUnlessPrepared()
    {
        if (!IsPrepared && TryClaim())
        {
            Ended(BranchEnd.RolledBack);
        }
    }

    public void Ended(BranchEnd end) => _end.TrySetResult(end);
}
