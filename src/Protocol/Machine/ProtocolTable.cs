namespace Ccr.Protocol.Machine;

/// <summary>What a protocol machine makes of one event in one state.</summary>
public enum Verdict
{
    /// <summary>The event is acted upon, and the state changes to <see cref="Cell{TState,TAction}.Next"/>.</summary>
    Do,

    /// <summary>The event is ignored; the state stays.</summary>
    Drop,

    /// <summary>The peer broke the protocol: C-P-ERROR, the association is aborted, then LOSS.</summary>
    ProtocolError,

    /// <summary>A request of our own that cannot be made in this state: a fault of ours, never of the peer.</summary>
    Impossible,
}

/// <summary>One cell of a state table.</summary>
/// <param name="Verdict">What becomes of the event.</param>
/// <param name="Action">What is to be done; default for none.</param>
/// <param name="Next">The state after it.</param>
/// <param name="Clause">Where the row comes from.</param>
public readonly record struct Cell<TState, TAction>(Verdict Verdict, TAction Action, TState Next, string Clause)
    where TState : struct, Enum
    where TAction : struct, Enum;

/// <summary>
/// A state table, read from a text that looks like the table of ccr-standard.md 9. A row is an event, a column a
/// state; the last column names the clause. A cell is "ACTION, ACTION; NEXT" (either part may be missing),
/// "drop", "-" (protocol error) or "." (impossible: a request of our own that nobody may make here).
/// A missing or misspelt cell fails when the type is first used, and so in the first test.
/// </summary>
internal sealed class ProtocolTable<TState, TEvent, TAction>
    where TState : struct, Enum
    where TEvent : struct, Enum
    where TAction : struct, Enum
{
    private readonly Cell<TState, TAction>[] _cells;
    private readonly int _states = Enum.GetValues<TState>().Length;

    internal ProtocolTable(string text)
    {
        int events = Enum.GetValues<TEvent>().Length;
        _cells = new Cell<TState, TAction>[_states * events];
        Taken = AppContext.TryGetSwitch("Ccr.NoteCells", out bool isOn) && isOn ? new bool[_cells.Length] : null;
        bool[] filled = new bool[_cells.Length];
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int at = 0;
        while (at < lines.Length)
        {
            TState[] columns = [.. Parts(lines[at++])[1..^1].Select(Named<TState>)];
            for (; at < lines.Length && !lines[at].StartsWith("event", StringComparison.Ordinal); at++)
            {
                ReadRow(lines[at], columns, filled);
            }
        }

        if (Array.IndexOf(filled, false) is int missing and >= 0)
        {
            string where = $"{(TEvent)(object)(missing / _states)} in {(TState)(object)(missing % _states)}";
            throw new InvalidOperationException($"The table has no cell for {where}.");
        }
    }

    /// <summary>Which cells were taken; kept only where the switch "Ccr.NoteCells" is on: in tests.</summary>
    internal bool[]? Taken { get; }

    /// <summary>The cell for an event that happens now.</summary>
    internal Cell<TState, TAction> Take(TState state, TEvent happening)
    {
        if (Taken is { } taken)
        {
            taken[IndexOf(state, happening)] = true;
        }

        return this[state, happening];
    }

    /// <summary>Cells that events can reach and none has, as "EVENT in STATE".</summary>
    internal IEnumerable<string> NeverTaken() =>
        from happening in Enum.GetValues<TEvent>()
        from state in Enum.GetValues<TState>()
        where Taken is { } taken && !taken[IndexOf(state, happening)]
            && this[state, happening].Verdict is Verdict.Do or Verdict.Drop
        select $"{happening} in {state}";

    internal Cell<TState, TAction> this[TState state, TEvent happening] => _cells[IndexOf(state, happening)];

    private static string[] Parts(string line) => line.Split('|', StringSplitOptions.TrimEntries);

    /// <summary>"RECOVER-RI(ready)" is <c>RecoverRiReady</c>: letters and digits alone count.</summary>
    private static T Named<T>(string label)
        where T : struct, Enum
    {
        string letters = string.Concat(label.Where(char.IsLetterOrDigit));
        return Enum.TryParse(letters, ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? value
            : throw new InvalidOperationException($"'{label}' names no {typeof(T).Name}.");
    }

    private int IndexOf(TState state, TEvent happening) =>
        (System.Runtime.CompilerServices.Unsafe.BitCast<TEvent, int>(happening) * _states)
        + System.Runtime.CompilerServices.Unsafe.BitCast<TState, int>(state);

    private void ReadRow(string line, TState[] columns, bool[] filled)
    {
        string[] parts = Parts(line);
        if (parts.Length != columns.Length + 2)
        {
            throw new InvalidOperationException($"This row has {parts.Length - 2} cells, not {columns.Length}: {line}");
        }

        TEvent happening = Named<TEvent>(parts[0]);
        for (int i = 0; i < columns.Length; i++)
        {
            int index = IndexOf(columns[i], happening);
            _cells[index] = ReadCell(parts[i + 1], columns[i], parts[^1]);
            filled[index] = true;
        }
    }

    private static Cell<TState, TAction> ReadCell(string text, TState state, string clause)
    {
        switch (text)
        {
            case "-":
                return new(Verdict.ProtocolError, default, state, clause);
            case ".":
                return new(Verdict.Impossible, default, state, clause);
            case "drop":
                return new(Verdict.Drop, default, state, clause);
        }

        string[] halves = text.Split(';', StringSplitOptions.TrimEntries);
        string next = halves[^1];
        long actions = 0;
        if (halves.Length == 2)
        {
            foreach (string action in halves[0].Split(',', StringSplitOptions.TrimEntries))
            {
                actions |= Convert.ToInt64(Named<TAction>(action), null);
            }
        }

        return new(Verdict.Do, (TAction)Enum.ToObject(typeof(TAction), actions), Named<TState>(next), clause);
    }
}
