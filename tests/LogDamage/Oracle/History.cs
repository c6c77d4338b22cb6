using Ccr.Protocol.Messages;

namespace Ccr.LogDamage.Tests.Oracle;

/// <summary>
/// What a log was given and what it promised, written down by the one who called it: nothing of this comes from the
/// code that recovers. Sequences that no call gave (epoch records, checkpoints) change nothing of what is live.
/// </summary>
internal sealed class History
{
    private readonly SortedDictionary<long, LogContent> _records = [];
    private readonly Dictionary<long, List<LogContent>> _known = [];

    /// <summary>The last record that a force promised; 0: none.</summary>
    internal long Promised { get; private set; }

    /// <summary>The highest epoch that a start told its caller.</summary>
    internal uint Epoch { get; private set; }

    /// <summary>True once a start had returned: the log must be there from then on.</summary>
    internal bool Exists { get; private set; }

    internal void Appended(long sequence, LogContent content)
    {
        _records.Add(sequence, content);
        _known.Clear();
    }

    internal void Forced(long lastSequence) => Promised = Math.Max(Promised, lastSequence);

    /// <summary>The log is found with so many records: those behind, which nobody was promised, are gone.</summary>
    internal void Found(long lastSequence)
    {
        foreach (long lost in _records.Keys.Where(sequence => sequence > lastSequence).ToList())
        {
            _records.Remove(lost);
        }

        _known.Clear();
    }

    /// <summary>A start returned, with its epoch.</summary>
    internal void Started(long lastSequence, uint epoch)
    {
        Exists = true;
        Epoch = epoch;
        Forced(lastSequence);
    }

    /// <summary>What is live after so many records: a fold of its own.</summary>
    internal List<LogContent> LiveAfter(long lastSequence)
    {
        if (!_known.TryGetValue(lastSequence, out List<LogContent>? live))
        {
            live = Fold(lastSequence);
            _known.Add(lastSequence, live);
        }

        return live;
    }

    /// <summary>What is wrong with what was recovered; null: nothing.</summary>
    internal string? Fault(long lastSequence, uint epoch, IReadOnlyList<LogContent> live)
    {
        if (lastSequence < Promised)
        {
            return $"record {Promised} was promised, and the log ends with {lastSequence}";
        }

        if (epoch < Epoch)
        {
            return $"epoch {Epoch} was told, and the log knows {epoch}";
        }

        return live.SequenceEqual(LiveAfter(lastSequence))
            ? null
            : $"{live.Count} live records after {lastSequence} are not those that were written";
    }

    private List<LogContent> Fold(long lastSequence)
    {
        List<LogContent> live = [];
        foreach ((long sequence, LogContent content) in _records)
        {
            if (sequence > lastSequence)
            {
                break;
            }

            object? key = KeyOf(content);
            live.RemoveAll(held => key is not null && key.Equals(KeyOf(held)));
            if (content is LogReady or LogCommit)
            {
                live.Add(content);
            }
        }

        return live;
    }

    private static object? KeyOf(LogContent content) => content switch
    {
        LogReady ready => (ready.Action, (object?)ready.Branch),
        LogCommit commit => (commit.Action, (object?)commit.Branch),
        Forget forget => (forget.Action, (object?)forget.Branch),
        _ => null,
    };
}
