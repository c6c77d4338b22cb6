using System.Threading.Channels;
using Ccr.Protocol.Messages;

namespace Ccr.Client.Tests;

/// <summary>A resource that says what a test tells it to, and keeps what it was asked.</summary>
internal sealed class FakeResource : IBranchResource
{
    private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();

    public Func<BranchContext, ValueTask<Refusal?>> OnBegin { get; set; } = _ => new((Refusal?)null);

    public Func<BranchContext, ValueTask<BranchVote>> OnPrepare { get; set; } = _ => new(BranchVote.Ready);

    public Func<BranchContext, ValueTask<BranchEnd>> OnCommit { get; set; } = _ => new(BranchEnd.Committed);

    public Func<BranchContext, ValueTask<BranchEnd>> OnRollback { get; set; } = _ => new(BranchEnd.RolledBack);

    public Func<BranchContext, ValueTask<BranchEnd>> OnOnePhase { get; set; } = _ => new(BranchEnd.Committed);

    public List<FoundBranch> Kept { get; } = [];

    public async Task<string> NextCallAsync() =>
        await _calls.Reader.ReadAsync().AsTask().WaitAsync(FakeManager.Patience);

    public ValueTask<Refusal?> BeginAsync(BranchContext branch, CancellationToken cancellation) =>
        Noted("Begin", branch, OnBegin);

    public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
        Noted("Prepare", branch, OnPrepare);

    public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation) =>
        Noted("Commit", branch, OnCommit);

    public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation) =>
        Noted("Rollback", branch, OnRollback);

    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        Noted("CommitOnePhase", branch, OnOnePhase);

    public ValueTask ForgetAsync(BranchContext branch, CancellationToken cancellation)
    {
        _calls.Writer.TryWrite($"Forget {branch.Branch.Suffix.Integer}");
        return ValueTask.CompletedTask;
    }

    public IReadOnlyList<FoundBranch> Found()
    {
        lock (Kept)
        {
            return [.. Kept];
        }
    }

    private ValueTask<T> Noted<T>(string what, BranchContext branch, Func<BranchContext, ValueTask<T>> on)
    {
        _calls.Writer.TryWrite($"{what} {branch.Branch.Suffix.Integer}");
        return on(branch);
    }
}
