namespace Ccr.Histories;

/// <summary>What an event of a history says about its operation.</summary>
public enum EventType : byte
{
    /// <summary>The client is about to ask.</summary>
    Invoke,

    /// <summary>It was told that the operation is done.</summary>
    Ok,

    /// <summary>It was told that the operation is not done, and never will be.</summary>
    Fail,

    /// <summary>It was told nothing, or that it is unknown: in doubt, done or not.</summary>
    Info,
}

/// <summary>One line of a history: what one client asked for, or was told.</summary>
public sealed record HistoryEvent(int Process, long Index, long TimeNs, EventType Type, Operation Operation)
{
    /// <summary>The atomic action that carried it, where the client knew its name.</summary>
    public string? Action { get; init; }

    /// <summary>What the client was told instead of an answer.</summary>
    public string? Error { get; init; }
}

/// <summary>What was asked for, with what was answered where the event is an answer.</summary>
public abstract record Operation
{
    private protected Operation()
    {
    }

    /// <summary>The operation's name, the member f of a line.</summary>
    public abstract string Function { get; }
}

/// <summary>Several appends to lists and reads of lists, all at once.</summary>
public sealed record ListTransaction(Micro[] Micros) : Operation
{
    /// <inheritdoc/>
    public override string Function => "txn";
}

/// <summary>Moves money between two accounts.</summary>
public sealed record Transfer(int From, int To, long Amount) : Operation
{
    /// <inheritdoc/>
    public override string Function => "transfer";
}

/// <summary>Reads all accounts; account i has the balance at i. Null where nothing is answered yet.</summary>
public sealed record ReadBalances(long[]? Balances) : Operation
{
    /// <inheritdoc/>
    public override string Function => "read";
}

/// <summary>An append to a list or a read of one. No value is ever appended to one key twice.</summary>
/// <param name="IsAppend">An append of <paramref name="Value"/>; otherwise a read.</param>
/// <param name="Key">The list.</param>
/// <param name="Value">What is appended.</param>
/// <param name="List">What was read; null where it is not known.</param>
public readonly record struct Micro(bool IsAppend, int Key, int Value, int[]? List)
{
    /// <summary>An append.</summary>
    public static Micro Append(int key, int value) => new(true, key, value, null);

    /// <summary>A read, with what was read.</summary>
    public static Micro Read(int key, params int[]? list) => new(false, key, 0, list);

    /// <summary>A read that has not been answered.</summary>
    public static Micro Ask(int key) => new(false, key, 0, null);

    /// <summary>As people write it: "append 3 17", "r 3 [16 17]".</summary>
    public override string ToString() => IsAppend ? $"append {Key} {Value}"
        : List is null ? $"r {Key} nil"
        : $"r {Key} {Words.Of(List)}";
}
