using System.Text;
using Ccr.Client;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Samples.CounterServer;

/// <summary>A redo file of lines "WHAT BRANCH", and what they add up to: a branch adds one when it commits.</summary>
internal sealed class Counter : IBranchResource, IDisposable
{
    private readonly Dictionary<string, FoundBranch> _kept = []; // prepared branches, and what was decided alone
    private readonly FileStream _redo;
    private long _end;

    public Counter(string path)
    {
        _redo = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.WriteThrough);
        string[] lines = new StreamReader(_redo).ReadToEnd().Split('\n');
        foreach (string line in lines[..^1]) Redo(line); // the last one is empty, or a crash cut it off
        Write(_redo.Length - lines[^1].Length, "start -");
    }

    public void Dispose() => _redo.Dispose();
    public int Starts { get; private set; } // the incarnation
    public int Value { get; private set; }
    public IReadOnlyList<FoundBranch> Found() { lock (_kept) return [.. _kept.Values]; }
    public ValueTask<BranchVote> PrepareAsync(BranchContext b, CancellationToken _) => new(Note("ready", b).Vote);
    public ValueTask<BranchEnd> CommitAsync(BranchContext b, CancellationToken _) => new(Note("commit", b).End);
    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext b, CancellationToken _) => new(Note("alone", b).End);
    public ValueTask<BranchEnd> RollbackAsync(BranchContext b, CancellationToken _) => new(Note("end", b).Undone);
    public ValueTask ForgetAsync(BranchContext b, CancellationToken _) => new(Task.FromResult(Note("end", b)));

    private (BranchVote Vote, BranchEnd End, BranchEnd Undone) Note(string what, BranchContext b)
    {
        FoundState state = what == "alone" ? FoundState.Committed : FoundState.Ready;
        BerWriter branch = new();
        new Found("counter", [new FoundBranch(b.Action, b.Branch, b.Manager, state)], Last: true).Write(branch);
        lock (_kept) Write(_end, $"{what} {Convert.ToHexString(branch.Written)}");
        return (BranchVote.Ready, BranchEnd.Committed, BranchEnd.RolledBack);
    }

    private void Write(long at, string line)
    {
        byte[] octets = Encoding.ASCII.GetBytes(line + "\n");
        RandomAccess.Write(_redo.SafeFileHandle, octets, at); // durable when it returns: WriteThrough is O_SYNC
        _end = at + octets.Length;
        Redo(line);
    }

    private void Redo(string line)
    {
        string[] words = line.Split(' ');
        Starts += words[0] == "start" ? 1 : 0;
        if (words[0] == "start") return;
        FoundBranch b = ((Found)SessionMessage.Decode(Convert.FromHexString(words[1]), out _)!).Branches[0];
        bool wasReady = _kept.Remove($"{b.Action} {b.Branch}");
        Value += words[0] == "alone" || (words[0] == "commit" && wasReady) ? 1 : 0;
        if (words[0] is "ready" or "alone") _kept.Add($"{b.Action} {b.Branch}", b);
    }
}
