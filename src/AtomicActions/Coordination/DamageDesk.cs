using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// Heuristic damage, kept until an operator forgets it, and reported to the superior's manager where no APDU can
/// carry it, until that has noted it (SEM-4).
/// </summary>
internal sealed class DamageDesk(Lane lane)
{
    private readonly List<Case> _cases = [];

    internal IEnumerable<LogDamage> All => _cases.Select(c => c.Record);

    internal LogDamage? Find(AtomicActionId action, BranchId? branch) =>
        _cases.Find(c => c.Record.Action.Equals(action) && Equals(c.Record.Branch, branch))?.Record;

    /// <summary>New damage: logged and forced; returns the position to wait for.</summary>
    internal long Note(LogDamage record)
    {
        long noted = lane.Append(record, forced: true);
        lane.Trace(record.Action, lane.SelfLabel, lane.SelfLabel, "log-damage", noted);
        lane.Counters.Damaged++;
        Put(record).Report(noted);
        return noted;
    }

    /// <summary>From the log, after a restart.</summary>
    internal void Recovered(LogDamage record) => Put(record).Report(0);

    /// <summary>A node below reports damage against an action that was rolled back.</summary>
    internal void Reported(NodeName from, DamageReport report)
    {
        long noted = Reported(report.Damage, report.Action);
        lane.Emit(new SendToNode(from, new DamageNoted(report.Action, report.Damage), noted));
    }

    /// <summary>Damage against an action that is over: counted once; returns the position to wait for.</summary>
    internal long Reported(Damage damage, AtomicActionId action)
    {
        LogDamage? known = Find(action, null);
        bool counted = _cases.Exists(c => c.Record.Action.Equals(action) && c.Record.Damages.Any(d =>
            d.Node == damage.Node && d.Branch.Equals(damage.Branch)));
        if (counted)
        {
            return lane.ForcedPosition;
        }

        Damage[] damages = [.. known?.Damages ?? [], damage];
        return Note(new LogDamage(action, null, null, known?.Outcome ?? Outcome.RolledBack, damages, Reported: true));
    }

    /// <summary>The superior's manager has noted it: it need not be told again.</summary>
    internal void Noted(DamageNoted noted)
    {
        foreach (Case open in _cases.Where(c => !c.Record.Reported && c.Record.Action.Equals(noted.Action)).ToArray())
        {
            open.NotedBySuperior(noted.Damage);
        }
    }

    /// <summary>An operator has dealt with it: the end (SEM-4).</summary>
    internal void Forget(SessionId session, ForgetDamage order)
    {
        Case[] cases = [.. _cases.Where(c => c.Record.Action.Equals(order.Action))];
        if (cases.Length == 0)
        {
            lane.Refuse(session, order.Reference, RefusalCode.UnknownAction,
                $"{order.Action} has no damage recorded here.");
            return;
        }

        lane.Append(new OperatorNote(lane.UtcUs, order.Operator, $"forget {order.Action}"), forced: false);
        long forgotten = 0;
        foreach (Case one in cases)
        {
            one.Close();
            _cases.Remove(one);
            forgotten = lane.Append(new Forget(order.Action, one.Record.Branch, one.Record.Outcome), forced: true);
            if (one.Record is { Branch: null, Outcome: Outcome.Committed })
            {
                forgotten = lane.Ended.KeepRecord(order.Action) ?? forgotten;
            }
        }

        lane.Reply(order.Action, session,
            new Accomplished(order.Reference, $"The damage of {order.Action} is forgotten."), forgotten);
    }

    private Case Put(LogDamage record)
    {
        Case? known = _cases.Find(c => c.Record.Action.Equals(record.Action) && Equals(c.Record.Branch, record.Branch));
        if (known is null)
        {
            _cases.Add(known = new Case(lane, record));
        }

        known.Record = record;
        return known;
    }

    /// <summary>The damage of one branch, and its report to the superior.</summary>
    private sealed class Case(Lane lane, LogDamage record) : IDeadlineOwner
    {
        private readonly Backoff _backoff = new(record.Action, lane.Options);
        private readonly List<Damage> _open = [.. record.Damages];

        internal LogDamage Record { get; set; } = record;

        internal void Report(long after)
        {
            if (Record.Reported || Record.Superior is not { } superior)
            {
                return;
            }

            foreach (Damage damage in _open)
            {
                lane.Emit(new SendToNode(superior.Node, new DamageReport(Record.Action, damage), after));
            }

            lane.Deadlines.Set(this, DeadlineKind.Damage, _backoff.NextMs());
        }

        internal void NotedBySuperior(Damage damage)
        {
            _open.RemoveAll(d => d.Node == damage.Node && d.Branch.Equals(damage.Branch));
            if (_open.Count == 0)
            {
                Close();
                Record = Record with { Reported = true };
                lane.Append(Record, forced: false);
            }
        }

        internal void Close() => lane.Deadlines.Clear(this, DeadlineKind.Damage);

        public void Reached(DeadlineKind kind) => Report(0);
    }
}
