using Ccr.Histories.Generation;

namespace Ccr.Histories.Tests;

/// <summary>
/// Changes one thing in a good history so that no serial execution explains it any more. Each says null where the
/// history offers no place at which the change would be sure to break it.
/// </summary>
internal static class Mutations
{
    public static readonly (string Name, Func<Subject, Random, bool> Apply)[] OfLists =
    [
        ("an element is gone from the middle of a read", GoneFromTheMiddle),
        ("two elements of a read change places", Swapped),
        ("an element is read twice", ReadTwice),
        ("a failed append is read", ReadFailed),
        ("an element that nobody appended is read", ReadInvented),
        ("an append that was read is told as failed", ToldFailed),
        ("a read is stale", Stale),
        ("a read is of the future", Future),
        ("a transaction misses its own append", MissesOwn),
        ("an append is lost from all reads", LostEverywhere),
        ("half of a transaction is read", Fractured),
        ("an append is told with another value", OtherValue),
    ];

    /// <summary>A history that is changed in place.</summary>
    public sealed class Subject(IEnumerable<HistoryEvent> events)
    {
        public List<Call> Calls { get; } = Histories.Calls.Of(events, []);

        /// <summary>Every read that was answered, with the place of its micro-operation.</summary>
        public IEnumerable<(Call Call, int At, Micro Read)> Reads =>
            from call in Calls
            where call.Type == EventType.Ok
            from at in Enumerable.Range(0, MicrosOf(call).Length)
            where !MicrosOf(call)[at].IsAppend
            select (call, at, MicrosOf(call)[at]);

        public Call? WriterOf(int key, int value) =>
            Calls.FirstOrDefault(c => MicrosOf(c).Contains(Micro.Append(key, value)));

        public int LongestOthers(Call not, int key) => Reads.Where(r => r.Call != not && r.Read.Key == key)
            .Select(r => r.Read.List!.Length).DefaultIfEmpty().Max();

        public int[] LongestOf(int key) =>
            Reads.Where(r => r.Read.Key == key).Select(r => r.Read.List!).MaxBy(l => l.Length) ?? [];

        /// <summary>The only micro-operation of its call on its list: what it reads is others' alone.</summary>
        public static bool IsAlone(Call call, int at) =>
            MicrosOf(call).Count(m => m.Key == MicrosOf(call)[at].Key) == 1;

        public static Micro[] MicrosOf(Call call) => ((ListTransaction)call.Operation).Micros;

        public static bool Set((Call Call, int At, Micro Read) read, IEnumerable<int> list)
        {
            MicrosOf(read.Call)[read.At] = Micro.Read(read.Read.Key, [.. list]);
            return true;
        }
    }

    private static bool GoneFromTheMiddle(Subject s, Random random)
    {
        (Call, int, Micro Read)? read = Pick(random, s.Reads.Where(
            r => r.Read.List!.Length >= 3 && s.LongestOthers(r.Call, r.Read.Key) >= r.Read.List.Length));
        return read is { } r && Subject.Set(r, Without(r.Read.List!, 1 + random.Next(r.Read.List!.Length - 2)));
    }

    private static bool Swapped(Subject s, Random random)
    {
        if (Pick(random, s.Reads.Where(r => r.Read.List!.Length >= 2
            && s.LongestOthers(r.Call, r.Read.Key) >= r.Read.List.Length)) is not { } r)
        {
            return false;
        }

        int[] list = [.. r.Read.List!];
        int at = random.Next(list.Length - 1);
        (list[at], list[at + 1]) = (list[at + 1], list[at]);
        return Subject.Set(r, list);
    }

    private static bool ReadTwice(Subject s, Random random) =>
        Pick(random, s.Reads.Where(r => r.Read.List!.Length > 0)) is { } r
        && Subject.Set(r, [.. r.Read.List!, r.Read.List![random.Next(r.Read.List.Length)]]);

    private static bool ReadFailed(Subject s, Random random)
    {
        var failed = s.Calls.Where(c => c.Type == EventType.Fail).SelectMany(Subject.MicrosOf)
            .Where(m => m.IsAppend).ToLookup(m => m.Key);
        return Pick(random, s.Reads.Where(r => failed.Contains(r.Read.Key))) is { } r
            && Subject.Set(r, [.. r.Read.List!, failed[r.Read.Key].First().Value]);
    }

    private static bool ReadInvented(Subject s, Random random) => Pick(random, s.Reads) is { } r
        && Subject.Set(r, [.. r.Read.List!, 1_000_000]);

    private static bool ToldFailed(Subject s, Random random)
    {
        if (Pick(random, s.Reads.Where(r => r.Read.List!.Length > 0)) is not { } r
            || s.WriterOf(r.Read.Key, r.Read.List![^1]) is not { } writer || writer == r.Call)
        {
            return false;
        }

        s.Calls[s.Calls.IndexOf(writer)] = writer with { Type = EventType.Fail };
        return true;
    }

    /// <summary>The writer of its last element had ended before it began, and another read shows that one.</summary>
    private static bool Stale(Subject s, Random random) =>
        Pick(random, s.Reads.Where(r => Subject.IsAlone(r.Call, r.At) && r.Read.List!.Length > 0
            && s.WriterOf(r.Read.Key, r.Read.List[^1]) is { Type: EventType.Ok } writer
            && writer.EndedAt < r.Call.InvokedAt
            && s.LongestOthers(r.Call, r.Read.Key) >= r.Read.List.Length)) is { } r
        && Subject.Set(r, r.Read.List![..^1]);

    /// <summary>It shows the next element, whose writer was invoked only after its end.</summary>
    private static bool Future(Subject s, Random random) =>
        Pick(random, s.Reads.Where(r => s.LongestOf(r.Read.Key) is { } longest
            && longest.Length > r.Read.List!.Length
            && s.WriterOf(r.Read.Key, longest[r.Read.List.Length])!.InvokedAt > r.Call.EndedAt)) is { } r
        && Subject.Set(r, s.LongestOf(r.Read.Key)[..(r.Read.List!.Length + 1)]);

    private static bool MissesOwn(Subject s, Random random) =>
        Pick(random, s.Reads.Where(r => r.Read.List!.Length > 0
            && Subject.MicrosOf(r.Call).AsSpan(0, r.At).Contains(Micro.Append(r.Read.Key, r.Read.List[^1])))) is { } r
        && Subject.Set(r, r.Read.List![..^1]);

    /// <summary>Gone from every list that was read, though a read was invoked after it was acknowledged.</summary>
    private static bool LostEverywhere(Subject s, Random random)
    {
        (Call, int, Micro Read)? read = Pick(random, s.Reads.Where(r => r.Read.List!.Length > 0
            && s.WriterOf(r.Read.Key, r.Read.List[^1]) is { Type: EventType.Ok } writer
            && writer.EndedAt < r.Call.InvokedAt));
        if (read is not { } found)
        {
            return false;
        }

        int lost = found.Read.List![^1];
        foreach ((Call Call, int At, Micro Read) r in s.Reads.Where(r => r.Read.Key == found.Read.Key).ToList())
        {
            Subject.Set(r, r.Read.List!.Where(v => v != lost));
        }

        return true;
    }

    /// <summary>
    /// A reader of two lists to which one transaction appended sees that in the one, no longer in the other.
    /// </summary>
    private static bool Fractured(Subject s, Random random) =>
        Pick(random, s.Reads.Where(r => Subject.IsAlone(r.Call, r.At) && r.Read.List!.Length > 0
            && s.WriterOf(r.Read.Key, r.Read.List[^1]) is { } writer && writer != r.Call
            && s.LongestOthers(r.Call, r.Read.Key) >= r.Read.List.Length
            && s.Reads.Any(o => o.Call == r.Call && o.Read.Key != r.Read.Key
                && o.Read.List!.Any(v => Subject.MicrosOf(writer).Contains(Micro.Append(o.Read.Key, v)))))) is { } r
        && Subject.Set(r, r.Read.List![..^1]);

    private static bool OtherValue(Subject s, Random random)
    {
        if (Pick(random, s.Reads.Where(r => r.Read.List!.Length > 0)) is not { } r)
        {
            return false;
        }

        int value = r.Read.List![random.Next(r.Read.List.Length)];
        Micro[] micros = Subject.MicrosOf(s.WriterOf(r.Read.Key, value)!);
        micros[Array.IndexOf(micros, Micro.Append(r.Read.Key, value))] = Micro.Append(r.Read.Key, 2_000_000);
        return true;
    }

    private static (Call Call, int At, Micro Read)? Pick(
        Random random, IEnumerable<(Call Call, int At, Micro Read)> choices)
    {
        List<(Call, int, Micro)> all = [.. choices];
        return all.Count == 0 ? null : all[random.Next(all.Count)];
    }

    private static IEnumerable<int> Without(int[] list, int at) => list.Where((_, i) => i != at);
}
