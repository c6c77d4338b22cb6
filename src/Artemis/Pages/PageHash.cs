using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ccr.Artemis;

/// <summary>
/// The 128-bit hash of pages and of whatever else is checked (docs/CHECKPOINT-FORMAT.md has it to the octet): eight
/// lanes, two rounds of AES for each sixteen octets. It finds damage and likely equals; it is no proof against
/// somebody who means harm, so that a hit is compared, not believed.
/// </summary>
internal static class PageHash
{
    private const int Lanes = 8;
    private const int LaneOctets = 16;
    private const int BlockOctets = Lanes * LaneOctets;
    private const int FinalRounds = 3;

    private static readonly Vector128<byte>[] Constants = MakeConstants();

    /// <summary>
    /// The hash of some octets. Compiled as well as can be at once: a restart hashes all memory before the runtime
    /// would have found out that this is worth it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static UInt128 Of(scoped ReadOnlySpan<byte> octets)
    {
        long length = octets.Length;
        Vector128<byte> a = Constants[Lanes], b = Constants[Lanes + 1];
        Vector128<byte> s0 = Constants[0], s1 = Constants[1], s2 = Constants[2], s3 = Constants[3];
        Vector128<byte> s4 = Constants[4], s5 = Constants[5], s6 = Constants[6], s7 = Constants[7];
        Span<byte> last = stackalloc byte[BlockOctets];
        while (octets.Length > 0)
        {
            if (octets.Length < BlockOctets)
            {
                last.Clear();
                octets.CopyTo(last);
                octets = last;
            }

            ref byte at = ref MemoryMarshal.GetReference(octets);
            s0 = Twice(s0 ^ Vector128.LoadUnsafe(ref at), a, b);
            s1 = Twice(s1 ^ Vector128.LoadUnsafe(ref at, 16), a, b);
            s2 = Twice(s2 ^ Vector128.LoadUnsafe(ref at, 32), a, b);
            s3 = Twice(s3 ^ Vector128.LoadUnsafe(ref at, 48), a, b);
            s4 = Twice(s4 ^ Vector128.LoadUnsafe(ref at, 64), a, b);
            s5 = Twice(s5 ^ Vector128.LoadUnsafe(ref at, 80), a, b);
            s6 = Twice(s6 ^ Vector128.LoadUnsafe(ref at, 96), a, b);
            s7 = Twice(s7 ^ Vector128.LoadUnsafe(ref at, 112), a, b);
            octets = octets[BlockOctets..];
        }

        Vector128<byte> sum = s0 ^ Vector128.Create(length, 0).AsByte();
        sum = Twice(Twice(Twice(sum, a, b) ^ s1, a, b) ^ s2, a, b);
        sum = Twice(Twice(sum ^ s3, a, b) ^ s4, a, b);
        sum = Twice(Twice(Twice(sum ^ s5, a, b) ^ s6, a, b) ^ s7, a, b);
        for (int i = 1; i <= FinalRounds; i++)
        {
            sum = AesRound.Of(sum, Constants[Lanes + 1 + i]);
        }

        Span<byte> result = stackalloc byte[LaneOctets];
        sum.CopyTo(result);
        return BinaryPrimitives.ReadUInt128LittleEndian(result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Twice(Vector128<byte> value, Vector128<byte> a, Vector128<byte> b) =>
        AesRound.Of(AesRound.Of(value, a), b);

    /// <summary>Constant i is made of the outputs 2i and 2i+1 of SplitMix64 with the seed 0.</summary>
    private static Vector128<byte>[] MakeConstants()
    {
        ulong state = 0;
        ulong Next()
        {
            state += 0x9E3779B97F4A7C15;
            ulong z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }

        Vector128<byte>[] constants = new Vector128<byte>[Lanes + 2 + FinalRounds];
        for (int i = 0; i < constants.Length; i++)
        {
            ulong low = Next();
            constants[i] = Vector128.Create(low, Next()).AsByte();
        }

        return constants;
    }
}
