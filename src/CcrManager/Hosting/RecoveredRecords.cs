using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager;

/// <summary>Deals what was live in the log out to the lanes: their first input.</summary>
internal static class RecoveredRecords
{
    /// <summary>Puts <see cref="Restarted"/> into every lane; a kick has to follow.</summary>
    public static void Deal(
        LaneSet lanes, ManagerIdentity self, IReadOnlyList<LogContent> live, IReadOnlyList<AtomicActionId> held)
    {
        List<LogContent>[] parts = Divide(lanes.Count, live);
        List<AtomicActionId>[] aside = Parts<AtomicActionId>(lanes.Count);
        foreach (AtomicActionId action in held)
        {
            aside[action.LaneOf(lanes.Count)].Add(action);
        }

        for (int i = 0; i < lanes.Count; i++)
        {
            lanes[i].Enqueue(new Restarted(self, parts[i], aside[i]));
        }
    }

    /// <summary>The records of each lane, oldest first.</summary>
    public static List<LogContent>[] Divide(int lanes, IReadOnlyList<LogContent> live)
    {
        List<LogContent>[] parts = Parts<LogContent>(lanes);
        foreach (LogContent record in live)
        {
            if (ActionOf(record) is { } action)
            {
                parts[action.LaneOf(lanes)].Add(record);
            }
            else
            {
                // A Server's one-phase outcomes may be about an action of any lane.
                Array.ForEach(parts, part => part.Add(record));
            }
        }

        return parts;
    }

    private static List<T>[] Parts<T>(int count)
    {
        List<T>[] parts = new List<T>[count];
        for (int i = 0; i < count; i++)
        {
            parts[i] = [];
        }

        return parts;
    }

    private static AtomicActionId? ActionOf(LogContent record) => record switch
    {
        LogReady ready => ready.Action,
        LogCommit commit => commit.Action,
        Heuristic heuristic => heuristic.Action,
        LogDamage damage => damage.Action,
        Forget forget => forget.Action,
        _ => null,
    };
}
