using Ccr.AtomicActions.Contract;

namespace Ccr.AtomicActions;

/// <summary>What a deadline is about; the owner knows what to do.</summary>
internal enum DeadlineKind
{
    Action,
    Begin,
    Vote,
    Rollback,
    Owner,
    RecoverRetry,
    RecoverAnswer,
    Damage,
}

/// <summary>Something that set a deadline.</summary>
internal interface IDeadlineOwner
{
    void Reached(DeadlineKind kind);
}

/// <summary>The deadlines of one lane. The host keeps the time; this keeps who is waiting for what.</summary>
internal sealed class Deadlines(Lane lane)
{
    private readonly Dictionary<DeadlineId, (IDeadlineOwner Owner, DeadlineKind Kind)> _set = [];
    private readonly Dictionary<(IDeadlineOwner Owner, DeadlineKind Kind), DeadlineId> _byOwner = [];
    private long _last;

    /// <summary>Sets a deadline, in place of one of the same owner and kind.</summary>
    internal void Set(IDeadlineOwner owner, DeadlineKind kind, long delayMs)
    {
        Clear(owner, kind);
        var id = new DeadlineId(++_last);
        _set.Add(id, (owner, kind));
        _byOwner.Add((owner, kind), id);
        lane.Emit(new SetDeadline(id, delayMs));
    }

    internal void Clear(IDeadlineOwner owner, DeadlineKind kind)
    {
        if (_byOwner.Remove((owner, kind), out DeadlineId id))
        {
            _set.Remove(id);
            lane.Emit(new ClearDeadline(id));
        }
    }

    internal bool IsSet(IDeadlineOwner owner, DeadlineKind kind) => _byOwner.ContainsKey((owner, kind));

    /// <summary>A deadline that was cleared meanwhile is ignored.</summary>
    internal void Reached(DeadlineId id)
    {
        if (_set.Remove(id, out (IDeadlineOwner Owner, DeadlineKind Kind) waiting))
        {
            _byOwner.Remove(waiting);
            waiting.Owner.Reached(waiting.Kind);
        }
    }
}
