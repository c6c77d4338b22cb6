using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Ccr.Artemis;

/// <summary>
/// One round of AES (FIPS 197: SubBytes, ShiftRows, MixColumns, AddRoundKey), by the CPU where it can.
/// </summary>
internal static class AesRound
{
    private const int Side = 4;
    private static readonly byte[] Box = MakeBox();

    /// <summary>The round of a state with a round key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> Of(Vector128<byte> state, Vector128<byte> key)
    {
        if (X86Aes.IsSupported)
        {
            return X86Aes.Encrypt(state, key);
        }

        return ArmAes.IsSupported
            ? ArmAes.MixColumns(ArmAes.Encrypt(state, Vector128<byte>.Zero)) ^ key
            : InSoftware(state, key);
    }

    /// <summary>The same, octet by octet.</summary>
    internal static Vector128<byte> InSoftware(Vector128<byte> state, Vector128<byte> key)
    {
        Span<byte> column = stackalloc byte[Side];
        Span<byte> result = stackalloc byte[Side * Side];
        for (int c = 0; c < Side; c++)
        {
            for (int r = 0; r < Side; r++)
            {
                column[r] = Box[state[(Side * ((c + r) % Side)) + r]];
            }

            byte all = (byte)(column[0] ^ column[1] ^ column[2] ^ column[3]);
            for (int r = 0; r < Side; r++)
            {
                result[(Side * c) + r] =
                    (byte)(column[r] ^ all ^ Doubled((byte)(column[r] ^ column[(r + 1) % Side])));
            }
        }

        return Vector128.Create<byte>(result) ^ key;
    }

    private static byte Doubled(byte value) => (byte)((value << 1) ^ ((value >> 7) * 0x1B));

    /// <summary>The S-box, from its definition: the inverse in GF(2^8), then the affine map.</summary>
    private static byte[] MakeBox()
    {
        byte[] box = new byte[256];
        byte p = 1, q = 1;
        do
        {
            p = (byte)(p ^ Doubled(p)); // times 3
            q ^= (byte)(q << 1);        // divided by 3
            q ^= (byte)(q << 2);
            q ^= (byte)(q << 4);
            q ^= (byte)((q >> 7) * 0x09);
            box[p] = (byte)(q ^ Rotated(q, 1) ^ Rotated(q, 2) ^ Rotated(q, 3) ^ Rotated(q, 4) ^ 0x63);
        }
        while (p != 1);
        box[0] = 0x63;
        return box;
    }

    private static byte Rotated(byte value, int by) => (byte)((value << by) | (value >> (8 - by)));
}
