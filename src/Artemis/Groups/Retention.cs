namespace Ccr.Artemis;

/// <summary>Which checkpoints and segments have to stay.</summary>
internal static class Retention
{
    /// <summary>
    /// The last committed ones (those of the program's present first), what is in doubt, and the one that was taken
    /// last, for the next builds on it.
    /// </summary>
    internal static IReadOnlySet<long> Kept(GroupState state, int keep)
    {
        HashSet<long> present = [.. state.Candidates.Select(c => c.Number)];
        IEnumerable<long> committed = state.Checkpoints
            .Where(c => c.Status == CheckpointStatus.Committed)
            .Select(c => c.Number)
            .OrderByDescending(n => present.Contains(n) ? 2 : n <= state.RestartedFrom ? 1 : 0)
            .ThenByDescending(n => n)
            .Take(Math.Max(1, keep));
        HashSet<long> kept = [.. committed, .. state.Doubtful.Select(c => c.Number)];
        kept.UnionWith(state.Checkpoints.Where(c => c.IsKept).Select(c => c.Number));
        if (state[state.LastNumber] is not null)
        {
            kept.Add(state.LastNumber);
        }

        if (state[state.RestartedFrom] is not null && state.LastNumber == state.RestartedAfter)
        {
            kept.Add(state.RestartedFrom);
        }

        return kept;
    }

    /// <summary>
    /// The segments that some checkpoints need, and all checkpoints on the way; null: one is damaged.
    /// </summary>
    internal static Needs? Needed(HashSet<long> kept, SegmentStore segments)
    {
        if (segments.Damaged.Count > 0)
        {
            return null;
        }

        Needs needed = new([], []);
        foreach (long number in kept)
        {
            // Chains share their older part: it is walked once.
            for (long at = number; at != 0 && needed.Numbers.Add(at);)
            {
                if (segments.Of(at) is not { } file)
                {
                    return null;
                }

                needed.Ids.UnionWith(file.References);
                needed.Ids.Add(file.Footer.Id);
                at = file.Footer.Kind == SegmentKind.Base ? 0 : file.Footer.Previous;
            }
        }

        return needed;
    }

    /// <summary>
    /// The oldest kept checkpoint that the newest builds on, where its own chain is longer than it should be.
    /// </summary>
    internal static long? FoldTarget(GroupState state, SegmentStore segments, GroupSettings settings, bool always)
    {
        IReadOnlySet<long> kept = Kept(state, settings.Keep);
        if (kept.Count == 0 || segments.Damaged.Count > 0)
        {
            return null;
        }

        try
        {
            IReadOnlyList<SegmentFile> chain = segments.ChainOf(kept.Max());
            int at = chain.ToList().FindIndex(file => kept.Contains(file.Footer.Number));
            return at >= (always ? 1 : settings.ChainMax) ? chain[at].Footer.Number : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>What some checkpoints need.</summary>
    internal sealed record Needs(HashSet<long> Numbers, HashSet<long> Ids);
}
