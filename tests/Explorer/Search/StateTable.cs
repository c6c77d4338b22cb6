namespace Ccr.Explorer.Search;

/// <summary>
/// Every distinct state once, whole (nothing rests on hashes being different), numbered in the order of arrival.
/// </summary>
public sealed class StateTable(int width)
{
    private const int ChunkStates = 1 << 14;

    private readonly List<int[]> _chunks = [];
    private ulong[] _slots = new ulong[1 << 12]; // 32 bits of the hash, then the state's number + 1

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The state of a number.</summary>
    public ReadOnlySpan<int> this[int number] =>
        _chunks[number / ChunkStates].AsSpan(number % ChunkStates * width, width);

    /// <summary>The state's number; <paramref name="isNew"/> when it was not there.</summary>
    public int Add(ReadOnlySpan<int> state, out bool isNew)
    {
        if ((Count + 1) * 2L > _slots.Length)
        {
            Grow();
        }

        ulong hash = HashOf(state);
        int mask = _slots.Length - 1;
        for (int at = (int)(hash >> 32) & mask; ; at = (at + 1) & mask)
        {
            ulong slot = _slots[at];
            if (slot == 0)
            {
                _slots[at] = (hash << 32) | (uint)(Count + 1);
                isNew = true;
                return Append(state);
            }

            int number = (int)(uint)slot - 1;
            if (slot >> 32 == (uint)hash && this[number].SequenceEqual(state))
            {
                isNew = false;
                return number;
            }
        }
    }

    private int Append(ReadOnlySpan<int> state)
    {
        if (Count % ChunkStates == 0)
        {
            _chunks.Add(new int[ChunkStates * width]);
        }

        state.CopyTo(_chunks[^1].AsSpan(Count % ChunkStates * width));
        return Count++;
    }

    private void Grow()
    {
        _slots = new ulong[_slots.Length * 2];
        int mask = _slots.Length - 1;
        for (int number = 0; number < Count; number++)
        {
            ulong hash = HashOf(this[number]);
            int at = (int)(hash >> 32) & mask;
            while (_slots[at] != 0)
            {
                at = (at + 1) & mask;
            }

            _slots[at] = (hash << 32) | (uint)(number + 1);
        }
    }

    private static ulong HashOf(ReadOnlySpan<int> state)
    {
        ulong hash = 14695981039346656037;
        foreach (int part in state)
        {
            hash = (hash ^ (uint)part) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
        }

        return hash * 0xBF58476D1CE4E5B9;
    }
}
