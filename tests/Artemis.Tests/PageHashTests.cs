using System.Runtime.Intrinsics;

namespace Ccr.Artemis.Tests;

public sealed class PageHashTests
{
    [Fact]
    public void The_round_in_software_is_the_round_of_the_standard()
    {
        // FIPS 197, appendix B, round 1: state, key and result by columns.
        Vector128<byte> state = Vector128.Create<byte>(Convert.FromHexString("193de3bea0f4e22b9ac68d2ae9f84808"));
        Vector128<byte> key = Vector128.Create<byte>(Convert.FromHexString("a0fafe1788542cb123a339392a6c7605"));
        Vector128<byte> result = Vector128.Create<byte>(Convert.FromHexString("a49c7ff2689f352b6b5bea43026a5049"));

        Assert.Equal(result, AesRound.InSoftware(state, key));
        Assert.Equal(result, AesRound.Of(state, key));
    }

    [Fact]
    public void The_hash_stays_what_it_is()
    {
        // Computed by another program, from the description; they are in stored checkpoints.
        UInt128[] hashes = [PageHash.Of([]), PageHash.Of("abc"u8), PageHash.Of(Counting(4096))];
        Assert.Equal(
            [
                "11101ce3502537e4f2039df574403c63", "12948ad2fde2ab2abb46f31afb38c789",
                "7c889f20d5776436cbaf6296d30b0575",
            ],
            hashes.Select(hash => $"{hash:x32}"));
    }

    [Fact]
    public void Any_changed_bit_and_any_other_length_is_another_hash()
    {
        byte[] page = Counting(4096);
        HashSet<UInt128> seen = [PageHash.Of(page)];
        for (int bit = 0; bit < page.Length * 8; bit++)
        {
            page[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(seen.Add(PageHash.Of(page)), $"bit {bit} is not seen");
            page[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (int length = 0; length < 300; length++)
        {
            Assert.True(seen.Add(PageHash.Of(new byte[length])), $"length {length} is not seen");
        }
    }

    private static byte[] Counting(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
}
