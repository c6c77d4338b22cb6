using Ccr.Client;

namespace Ccr.Attack;

/// <summary>A Server that begins every branch and then says no to its Prepare.</summary>
internal sealed class Refuser : IBranchResource
{
    /// <summary>Its name: it is a Server of osaka.</summary>
    public const string Name = "osaka.refuser";

    /// <summary>Why it says no.</summary>
    public const string Reason = "The refuser refuses.";

    public static CcrServer Start(NodeLayout node) => CcrServer.Start(
        new CcrServerOptions
        {
            Name = Name,
            Kind = "refuser",
            Incarnation = 1,
            ManagerSocket = node.ManagerSocket,
            LocationSocket = node.LocationSocket,
        },
        new Refuser());

    public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchVote.Refuse(Reason));

    public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.Committed);

    public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.RolledBack);

    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        new(new BranchEnd(Protocol.Messages.DoneOutcome.RolledBack, Reason));

    public IReadOnlyList<Protocol.Messages.FoundBranch> Found() => [];
}
