using System.Text;
using Ccr.Client;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Samples.CounterServer;

/// <summary>A redo file of lines "WHAT BRANCH", and what they add up to: a branch adds one when it commits.</summary>
internal sealed class Counter : IBranchResource
{
    private readonly Dictionary<string, FoundBranch> _kept = []; // prepared branches, and what was decided alone
    private readonly FileStream _redo;
    private long _end;

    public Counter(string path)
    {
        _redo = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.WriteThrough);
        string lines = new StreamReader(_redo).ReadToEnd();
        _end = lines.LastIndexOf('\n') + 1; // what a crash cut off was promised to nobody
        Array.ForEach(lines[..(int)_end].Split('\n')[..^1], Redo);
        Write("start -");
    }

    public int Starts { get; private set; }

    public int Value { get; private set; }

    public IReadOnlyList<FoundBranch> Found() => [.. _kept.Values];

    public ValueTask<BranchVote> PrepareAsync(BranchContext b, CancellationToken _) => Note("ready", b, BranchVote.Ready);

    public ValueTask<BranchEnd> CommitAsync(BranchContext b, CancellationToken _) => Note("commit", b, BranchEnd.Committed);

    public ValueTask<BranchEnd> RollbackAsync(BranchContext b, CancellationToken _) => Note("end", b, BranchEnd.RolledBack);

    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext b, CancellationToken _) =>
        Note("alone", b, BranchEnd.Committed);

    public async ValueTask ForgetAsync(BranchContext b, CancellationToken _) => await Note("end", b, BranchEnd.Committed);

    private ValueTask<T> Note<T>(string what, BranchContext b, T answer)
    {
        FoundState state = what == "alone" ? FoundState.Committed : FoundState.Ready;
        BerWriter branch = new();
        new Found("counter", [new FoundBranch(b.Action, b.Branch, b.Manager, state)], Last: true).Write(branch);
        Write($"{what} {Convert.ToHexString(branch.Written)}");
        return new(answer);
    }

    private void Write(string line)
    {
        lock (_kept)
        {
            byte[] octets = Encoding.ASCII.GetBytes(line + "\n");
            RandomAccess.Write(_redo.SafeFileHandle, octets, _end); // durable when it returns: WriteThrough is O_SYNC
            _end += octets.Length;
            Redo(line);
        }
    }

    private void Redo(string line)
    {
        string[] words = line.Split(' ');
        Starts += words[0] == "start" ? 1 : 0;
        if (SessionMessage.Decode(words[1] == "-" ? [] : Convert.FromHexString(words[1]), out _) is Found found)
        {
            FoundBranch branch = found.Branches[0];
            bool wasReady = _kept.Remove($"{branch.Action} {branch.Branch}");
            Value += words[0] == "alone" || (words[0] == "commit" && wasReady) ? 1 : 0;
            if (words[0] is "ready" or "alone") _kept[$"{branch.Action} {branch.Branch}"] = branch;
        }
    }
}
