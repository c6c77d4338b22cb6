using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Artemis.Tests.Support;

/// <summary>Another Server of the action: it makes commitment two-phase, and votes when it is told to.</summary>
internal sealed class SecondServer : IBranchResource, IAsyncDisposable
{
    private readonly CcrServer _server;
    private TaskCompletionSource<BranchVote> _vote = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SecondServer(string node, string managerSocket)
    {
        Name = $"{node}.second";
        _server = CcrServer.Start(
            new CcrServerOptions { Name = Name, Kind = "test", Incarnation = 1, ManagerSocket = managerSocket }, this);
    }

    internal string Name { get; }

    internal Task Registered => _server.Registered;

    internal void Vote(BranchVote vote)
    {
        TaskCompletionSource<BranchVote> asked = _vote;
        _vote = new TaskCompletionSource<BranchVote>(TaskCreationOptions.RunContinuationsAsynchronously);
        asked.SetResult(vote);
    }

    public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation) => new(_vote.Task);

    public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.Committed);

    public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation)
    {
        _vote.TrySetResult(BranchVote.Refuse("rolled back"));
        return new ValueTask<BranchEnd>(BranchEnd.RolledBack);
    }

    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.Committed);

    public IReadOnlyList<FoundBranch> Found() => [];

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
