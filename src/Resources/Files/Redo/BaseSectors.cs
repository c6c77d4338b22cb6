using System.Buffers.Binary;

namespace Ccr.Resources.Files.Redo;

/// <summary>
/// What recovery needs of a base besides its hash. A crash while a file is written in place leaves a mixture of old
/// and new sectors; a checksum of each sector of the base tells that mixture from what another program wrote. The
/// sector in which the shorter of base and new content ends may be mixed within, so that its octets are kept.
/// </summary>
/// <param name="Sums">CRC-32C of each 512 octets of the base, four octets each.</param>
/// <param name="Edge">The base's octets in the sector where the shorter content ends.</param>
internal sealed record BaseSectors(byte[] Sums, byte[] Edge)
{
    private const int SectorOctets = 512;

    /// <summary>For a file that is created or removed: it is never written in place.</summary>
    internal static readonly BaseSectors None = new([], []);

    internal static BaseSectors Of(ReadOnlySpan<byte> content, int freshLength)
    {
        byte[] sums = new byte[(content.Length + SectorOctets - 1) / SectorOctets * sizeof(uint)];
        for (int i = 0; i * SectorOctets < content.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(sums.AsSpan(i * sizeof(uint)), Crc32C.Of(Sector(content, i)));
        }

        return new BaseSectors(sums, Sector(content, EdgeOf(content.Length, freshLength)).ToArray());
    }

    /// <summary>True when the content can be what a crash left of writing the new content over the base.</summary>
    internal bool Explain(ReadOnlySpan<byte> current, long baseSize, ReadOnlySpan<byte> fresh)
    {
        if (current.Length > Math.Max(baseSize, fresh.Length) || current.Length < Math.Min(baseSize, fresh.Length))
        {
            return false;
        }

        int edge = EdgeOf(baseSize, fresh.Length);
        for (int i = 0; i * SectorOctets < current.Length; i++)
        {
            ReadOnlySpan<byte> now = Sector(current, i);
            ReadOnlySpan<byte> wanted = Sector(fresh, i);
            bool explained = i == edge || i * SectorOctets >= baseSize
                ? Mixed(now, wanted, i == edge ? Edge : [])
                : now.SequenceEqual(wanted) || Crc32C.Of(now) == BinaryPrimitives.ReadUInt32LittleEndian(
                    Sums.AsSpan(i * sizeof(uint)));
            if (!explained)
            {
                return false;
            }
        }

        return true;
    }

    private static int EdgeOf(long baseSize, int freshLength) => (int)(Math.Min(baseSize, freshLength) / SectorOctets);

    /// <summary>Each octet is the new one, the old one, or, where there was none, not yet written.</summary>
    private static bool Mixed(ReadOnlySpan<byte> now, ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> old)
    {
        for (int i = 0; i < now.Length; i++)
        {
            bool isNew = i < wanted.Length && now[i] == wanted[i];
            bool isOld = now[i] == (i < old.Length ? old[i] : 0);
            if (!isNew && !isOld)
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> Sector(ReadOnlySpan<byte> content, int i)
    {
        long start = (long)i * SectorOctets;
        return start >= content.Length
            ? default
            : content.Slice((int)start, (int)Math.Min(SectorOctets, content.Length - start));
    }
}
