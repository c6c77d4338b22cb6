namespace Ccr.Simulation;

/// <summary>What many seeds came to.</summary>
public sealed class SimulationTotals
{
    /// <summary>All that happened.</summary>
    public SimulationCounters Counters { get; } = new();

    /// <summary>All that occurred, by kind.</summary>
    public SimulationCoverage Coverage { get; } = new();

    /// <summary>The seeds that failed, and why.</summary>
    public SortedDictionary<ulong, string> Failures { get; } = [];

    /// <summary>Adds one result.</summary>
    public void Add(SimulationResult result)
    {
        Counters.Add(result.Counters);
        Coverage.Add(result.Coverage);
        if (result.Sentence is { } sentence)
        {
            Failures[result.Seed] = sentence;
        }
    }
}

/// <summary>Runs many seeds; every hundredth again, and its runs must be equal to the letter.</summary>
public static class SimulationRange
{
    /// <summary>Runs the seeds from the first to the last, so many side by side.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="last">The last seed.</param>
    /// <param name="jobs">How many side by side.</param>
    /// <param name="options">How each is run.</param>
    /// <param name="ran">Told of each result, one at a time; null: nobody.</param>
    /// <param name="stop">Asks whether to begin no more seeds; null: never.</param>
    public static SimulationTotals Run(
        ulong first, ulong last, int jobs, SimulationOptions options, Action<SimulationResult>? ran = null,
        Func<bool>? stop = null)
    {
        SimulationTotals totals = new();
        Lock gate = new();
        ulong next = first;
        bool Take(out ulong seed)
        {
            lock (gate)
            {
                seed = next;
                bool more = next <= last && stop?.Invoke() != true;
                next += more ? 1UL : 0;
                return more;
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, jobs).Select(_ => new Thread(() =>
        {
            while (Take(out ulong seed))
            {
                SimulationResult result = seed % 100 == 0 ? Twice(seed, options) : SimulationRun.Run(seed, options);
                lock (gate)
                {
                    totals.Add(result);
                    ran?.Invoke(result);
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return totals;
    }

    /// <summary>Runs a seed twice with a transcript and once without; that they differ is a failure.</summary>
    public static SimulationResult Twice(ulong seed, SimulationOptions options)
    {
        SimulationResult one = SimulationRun.Run(seed, options with { Transcript = true });
        SimulationResult other = SimulationRun.Run(seed, options with { Transcript = true });
        SimulationResult unread = SimulationRun.Run(seed, options with { Transcript = false });
        bool same = one.TranscriptHash == other.TranscriptHash && one.Transcript == other.Transcript;
        string? wrong = one.Failed ? one.Sentence
            : !same ? $"TWICE: Two runs of the seed are not alike: {FirstDifference(one, other)}"
            : unread.TranscriptHash != one.TranscriptHash || unread.Failed
                ? $"TWICE: Without a transcript the seed is not the same: {unread.Sentence ?? "it holds, too"}"
            : null;
        return one with { Sentence = wrong, Transcript = options.Transcript ? one.Transcript : "" };
    }

    private static string FirstDifference(SimulationResult one, SimulationResult other)
    {
        string[] left = one.Transcript.Split('\n');
        string[] right = other.Transcript.Split('\n');
        int at = 0;
        while (at < left.Length && at < right.Length && left[at] == right[at])
        {
            at++;
        }

        return at < left.Length && at < right.Length
            ? $"line {at + 1} is '{left[at].Trim()}' and '{right[at].Trim()}'."
            : "only octets or lengths differ.";
    }
}
