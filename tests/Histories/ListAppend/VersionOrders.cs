namespace Ccr.Histories.ListAppend;

/// <summary>
/// The order of the appends to each list, as the longest read of it shows (Kingsbury and Alvaro 2020, 4.3), and who
/// made each append.
/// </summary>
internal sealed class VersionOrders
{
    private readonly Dictionary<long, Append> _appends = [];
    private readonly Dictionary<int, Version> _versions = [];

    /// <summary>One append of the history.</summary>
    /// <param name="Call">The number of its call.</param>
    /// <param name="IsLast">The call's last append to that list.</param>
    public readonly record struct Append(int Call, bool IsLast);

    /// <summary>What is known of one list.</summary>
    public sealed class Version
    {
        /// <summary>The longest list that was read; empty when none was.</summary>
        public int[] Longest { get; set; } = [];

        /// <summary>Who read it; -1 when nobody did.</summary>
        public int LongestReader { get; set; } = -1;

        /// <summary>The latest invocation of a call that read this list.</summary>
        public long LastReadInvokedAt { get; set; } = -1;

        /// <summary>Who made each append of <see cref="Longest"/>; -1 for nobody.</summary>
        public int[] Writers { get; set; } = [];

        /// <summary>Appends that happened and that no read shows, by call and value.</summary>
        public List<(int Call, int Value)> Unseen { get; } = [];
    }

    public IReadOnlyDictionary<int, Version> Versions => _versions;

    public int AppendCount => _appends.Count;

    public Version VersionOf(int key) => _versions[key];

    public bool TryFind(int key, int value, out Append append) => _appends.TryGetValue(Name(key, value), out append);

    /// <summary>Reads all calls; appends that are made twice are told to <paramref name="twice"/>.</summary>
    public static VersionOrders Of(IReadOnlyList<Call> calls, Action<Call, Micro> twice)
    {
        VersionOrders orders = new();
        for (int i = 0; i < calls.Count; i++)
        {
            orders.Take(calls[i], i, twice);
        }

        orders.Resolve(calls);
        return orders;
    }

    private static long Name(int key, int value) => ((long)key << 32) | (uint)value;

    private void Take(Call call, int number, Action<Call, Micro> twice)
    {
        Micro[] micros = ((ListTransaction)call.Operation).Micros;
        for (int i = 0; i < micros.Length; i++)
        {
            Micro micro = micros[i];
            if (!_versions.TryGetValue(micro.Key, out Version? version))
            {
                _versions[micro.Key] = version = new Version();
            }

            if (micro.IsAppend)
            {
                bool isLast = IsLast(micros, i);
                if (!_appends.TryAdd(Name(micro.Key, micro.Value), new Append(number, isLast)))
                {
                    twice(call, micro);
                }
            }
            else if (call.Type == EventType.Ok && micro.List is { } list)
            {
                version.LastReadInvokedAt = Math.Max(version.LastReadInvokedAt, call.InvokedAt);
                if (version.LongestReader < 0 || list.Length > version.Longest.Length)
                {
                    version.Longest = list;
                    version.LongestReader = number;
                }
            }
        }
    }

    private static bool IsLast(Micro[] micros, int at)
    {
        for (int i = at + 1; i < micros.Length; i++)
        {
            if (micros[i].IsAppend && micros[i].Key == micros[at].Key)
            {
                return false;
            }
        }

        return true;
    }

    private void Resolve(IReadOnlyList<Call> calls)
    {
        HashSet<long> seen = [];
        bool[] happened = [.. calls.Select(c => c.Type == EventType.Ok)];
        foreach ((int key, Version version) in _versions)
        {
            version.Writers = new int[version.Longest.Length];
            for (int i = 0; i < version.Longest.Length; i++)
            {
                bool known = TryFind(key, version.Longest[i], out Append append);
                version.Writers[i] = known && calls[append.Call].Type != EventType.Fail ? append.Call : -1;
                if (version.Writers[i] >= 0)
                {
                    happened[append.Call] = true; // in doubt, and seen: all of it happened
                }

                seen.Add(Name(key, version.Longest[i]));
            }
        }

        foreach ((long name, Append append) in _appends)
        {
            if (happened[append.Call] && !seen.Contains(name))
            {
                _versions[(int)(name >> 32)].Unseen.Add((append.Call, (int)name));
            }
        }
    }
}
