using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// What of the atomic-action log is still live: a fold over its records, in their order. A key is an action and a
/// branch to the superior (none at the root), so that the branches of a diamond live apart (SEM-11).
/// </summary>
/// <remarks>
/// log-ready lives until log-commit of its key, both until log-damage, all until forget. A heuristic decision is kept
/// beside log-ready and log-commit. Log-damage takes the place of all of them and stays until forget (SEM-4).
/// </remarks>
public sealed class LiveRecords
{
    private readonly Dictionary<Key, Entry> _entries = [];
    private readonly Dictionary<string, Held> _onePhaseServers = new(StringComparer.Ordinal);
    private readonly List<LogContent> _parts = [];
    private Held? _horizon;
    private int _partsSeen;
    private long _partsOctets;
    private long _order;

    /// <summary>How many records are live.</summary>
    public int Count { get; private set; }

    /// <summary>Octets of the live records in the log, as far as <see cref="Apply"/> was told.</summary>
    public long Octets { get; private set; }

    /// <summary>Who wrote the log last, by its epoch records and checkpoints; null when neither was seen.</summary>
    public ManagerIdentity? Identity { get; private set; }

    /// <summary>True once a whole checkpoint was applied: what stood before it is not needed.</summary>
    public bool HasCheckpoint { get; private set; }

    /// <summary>The next record of the log.</summary>
    /// <param name="content">The record.</param>
    /// <param name="octets">Its length in the log, for <see cref="Octets"/>.</param>
    public void Apply(LogContent content, int octets = 0)
    {
        if (content is Checkpoint part)
        {
            ApplyPart(part, octets);
            return;
        }

        DropParts();
        switch (content)
        {
            case EpochRecord epoch:
                Identity = epoch.Identity;
                break;
            case Forget forget:
                Remove(new Key(forget.Action, forget.Branch));
                break;
            default:
                Hold(content, octets);
                break;
        }
    }

    /// <summary>The live records, oldest first.</summary>
    public List<LogContent> Snapshot()
    {
        List<Held> held = new(Count);
        held.AddRange(_onePhaseServers.Values);
        AddTo(held, _horizon);
        foreach (Entry entry in _entries.Values)
        {
            AddTo(held, entry.Main);
            AddTo(held, entry.Heuristic);
        }

        held.Sort(static (left, right) => left.Order.CompareTo(right.Order));
        return held.ConvertAll(static one => one.Content);
    }

    private static void AddTo(List<Held> held, Held? one)
    {
        if (one is not null)
        {
            held.Add(one);
        }
    }

    private void Hold(LogContent content, int octets)
    {
        switch (content)
        {
            case LogReady ready:
                HoldMain(new Key(ready.Action, ready.Branch), content, octets);
                break;
            case LogCommit commit:
                HoldMain(new Key(commit.Action, commit.Branch), content, octets);
                break;
            case Heuristic heuristic:
                HoldHeuristic(new Key(heuristic.Action, heuristic.Branch), content, octets);
                break;
            case LogDamage damage:
                Remove(new Key(damage.Action, damage.Branch));
                HoldMain(new Key(damage.Action, damage.Branch), content, octets);
                break;
            case OnePhaseServer server:
                _onePhaseServers.Remove(server.Server, out Held? before);
                _onePhaseServers.Add(server.Server, Counted(content, octets, before));
                break;
            case OutcomeHorizon horizon:
                _horizon = IsHigher(horizon, _horizon) ? Counted(content, octets, _horizon) : _horizon;
                break;
            default:
                break; // an operator's note, or a record of a later version: nothing to be live
        }
    }

    private static bool IsHigher(OutcomeHorizon horizon, Held? known) => known?.Content is not OutcomeHorizon before
        || (horizon.Epoch, horizon.Counter).CompareTo((before.Epoch, before.Counter)) > 0;

    private void HoldMain(Key key, LogContent content, int octets)
    {
        Entry entry = EntryOf(key);
        if (entry.Main?.Content is not LogDamage)
        {
            entry.Main = Counted(content, octets, entry.Main);
        }
    }

    private void HoldHeuristic(Key key, LogContent content, int octets)
    {
        Entry entry = EntryOf(key);
        if (entry.Main?.Content is not LogDamage)
        {
            entry.Heuristic = Counted(content, octets, entry.Heuristic);
        }
    }

    private Entry EntryOf(Key key)
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            entry = new Entry();
            _entries.Add(key, entry);
        }

        return entry;
    }

    private Held Counted(LogContent content, int octets, Held? before)
    {
        Uncount(before);
        Count++;
        Octets += octets;
        return new Held(content, octets, _order++);
    }

    private void Uncount(Held? before)
    {
        if (before is not null)
        {
            Count--;
            Octets -= before.Octets;
        }
    }

    private void Remove(Key key)
    {
        if (_entries.Remove(key, out Entry? entry))
        {
            Uncount(entry.Main);
            Uncount(entry.Heuristic);
        }
    }

    // The parts of a checkpoint stand one behind the other; only when all are there do they replace what was before.
    private void ApplyPart(Checkpoint part, int octets)
    {
        if (part.Part != _partsSeen + 1)
        {
            DropParts();
        }

        if (part.Part != _partsSeen + 1)
        {
            return;
        }

        _partsSeen++;
        _partsOctets += octets;
        _parts.AddRange(part.Live);
        if (part.Part == part.Parts)
        {
            Replace(part.Identity);
        }
    }

    private void Replace(ManagerIdentity identity)
    {
        _entries.Clear();
        _onePhaseServers.Clear();
        _horizon = null;
        Count = 0;
        Octets = 0;
        Identity = identity;
        HasCheckpoint = true;
        int each = _parts.Count == 0 ? 0 : (int)(_partsOctets / _parts.Count);
        foreach (LogContent content in _parts)
        {
            Hold(content, each);
        }

        DropParts();
    }

    private void DropParts()
    {
        _parts.Clear();
        _partsSeen = 0;
        _partsOctets = 0;
    }

    private readonly record struct Key(AtomicActionId Action, BranchId? Branch);

    private sealed record Held(LogContent Content, int Octets, long Order);

    private sealed class Entry
    {
        internal Held? Main { get; set; }

        internal Held? Heuristic { get; set; }
    }
}
