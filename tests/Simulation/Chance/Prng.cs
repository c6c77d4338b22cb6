using System.Numerics;

namespace Ccr.Simulation;

/// <summary>
/// xoshiro256**, seeded by splitmix64. Each component of a simulation draws from a stream of its own, so that one more
/// draw in one of them shifts no other.
/// </summary>
internal sealed class Prng
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    internal Prng(ulong seed, ulong stream = 0)
    {
        ulong state = seed ^ (stream * 0x9E3779B97F4A7C15) ^ 0x5851F42D4C957F2D;
        _a = SplitMix(ref state);
        _b = SplitMix(ref state);
        _c = SplitMix(ref state);
        _d = SplitMix(ref state);
    }

    internal ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>From 0 to below <paramref name="limit"/>.</summary>
    internal int Below(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>From the lowest to the highest, both included.</summary>
    internal long Between(long lowest, long highest) =>
        lowest + (long)Math.BigMul(Next(), (ulong)(highest - lowest + 1), out _);

    internal double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    internal bool Chance(double probability) => Unit() < probability;

    internal T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
