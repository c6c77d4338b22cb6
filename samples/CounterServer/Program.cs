using System.Text;
using Ccr.Client;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

// counter-server NODE DIR: the Server NODE.counter counts the committed atomic actions that named it.
NodeLayout node = new(args[1]);
using Counter counter = new(Path.Combine(node.Root, "counter.redo"));
CcrServerOptions options = new()
{ Name = $"{args[0]}.counter", Kind = "counter", Incarnation = counter.Starts, ManagerSocket = node.ManagerSocket };
await using CcrServer server = CcrServer.Start(options with { LocationSocket = node.LocationSocket }, counter);
await server.Registered;
Console.WriteLine($"{options.Name} is at {counter.Value}");
await Task.Delay(Timeout.Infinite); // end it as you like, with kill -9 if you will

/// <summary>A redo file of lines "WHAT BRANCH", and their sum: a branch adds one when it commits, only once.</summary>
internal sealed class Counter : IBranchResource, IDisposable
{
    private readonly Dictionary<string, FoundBranch> _kept = []; // prepared branches, and what was decided alone
    private readonly FileStream _redo;
    public Counter(string path)
    {
        _redo = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.WriteThrough);
        string[] lines = new StreamReader(_redo).ReadToEnd().Split('\n');
        Array.ForEach(lines[..^1], Redo);
        _redo.Position -= lines[^1].Length; // the last one is empty, or a crash cut it off: it is written over
        Write($"start {Starts = lines.Length:D8}");
    }
    public void Dispose() => _redo.Dispose();
    public int Value, Starts; // Starts is the incarnation: it rises at each start
    public IReadOnlyList<FoundBranch> Found() { lock (_kept) return [.. _kept.Values]; }
    public ValueTask<BranchVote> PrepareAsync(BranchContext b, CancellationToken _) => new(Do("ready", b).Vote);
    public ValueTask<BranchEnd> CommitAsync(BranchContext b, CancellationToken _) => new(Do("commit", b).End);
    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext b, CancellationToken _) => new(Do("alone", b).End);
    public ValueTask<BranchEnd> RollbackAsync(BranchContext b, CancellationToken _) => new(Do("end", b).Undone);
    public ValueTask ForgetAsync(BranchContext b, CancellationToken _) => new(Task.FromResult(Do("end", b)));
    private (BranchVote Vote, BranchEnd End, BranchEnd Undone) Do(string what, BranchContext b)
    {
        BerWriter words = new();
        FoundState state = what == "alone" ? FoundState.Committed : FoundState.Ready;
        new Found("counter", [new(b.Action, b.Branch, b.Manager, state)], Last: true).Write(words);
        lock (_kept) Write($"{what} {Convert.ToHexString(words.Written)}");
        return (BranchVote.Ready, BranchEnd.Committed, BranchEnd.RolledBack);
    }
    private void Write(string line)
    {
        _redo.Write(Encoding.ASCII.GetBytes(line + "\n")); // durable when it returns: WriteThrough is O_SYNC
        Redo(line);
    }
    private void Redo(string line)
    {
        string[] words = line.Split(' ');
        if (SessionMessage.Decode(Convert.FromHexString(words[1]), out _) is not Found { Branches: [var b] }) return;
        bool kept = _kept.Remove($"{b.Action} {b.Branch}"); // a Commit that comes again finds it gone
        Value += words[0] == (kept ? "commit" : "alone") ? 1 : 0;
        if (words[0] is "ready" or "alone") _kept[$"{b.Action} {b.Branch}"] = b;
    }
}
