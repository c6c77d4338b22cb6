using System.Buffers.Binary;

namespace Ccr.Artemis;

/// <summary>What a segment is.</summary>
internal enum SegmentKind
{
    /// <summary>The checkpoint as it was taken: its table holds what changed.</summary>
    Increment = 1,

    /// <summary>The same checkpoint, folded with all that it built on: its table holds everything.</summary>
    Base = 2,
}

/// <summary>The last 144 octets of a segment: where its parts lie, and their hashes.</summary>
internal sealed record SegmentFooter
{
    internal const int Octets = 144;
    internal const uint Version = 1;
    internal const ulong Magic = 0x31544d4753524343; // "CCRSGMT1"
    private const int HashedOctets = 128;

    internal required SegmentKind Kind { get; init; }

    /// <summary>The identifier, which the file's name repeats.</summary>
    internal required long Id { get; init; }

    /// <summary>The checkpoint.</summary>
    internal required long Number { get; init; }

    /// <summary>The checkpoint that it builds on; 0: none.</summary>
    internal required long Previous { get; init; }

    internal required long HeadOffset { get; init; }

    internal required long HeadLength { get; init; }

    internal required long TableOffset { get; init; }

    internal required long TableCount { get; init; }

    internal required long FilesOffset { get; init; }

    internal required long FilesLength { get; init; }

    /// <summary>Bodies, one after the other from octet 4096.</summary>
    internal required long BodiesCount { get; init; }

    /// <summary>Of head, table and files' part, as they lie in the file.</summary>
    internal required UInt128 RootHash { get; init; }

    /// <summary>Octets from the head to the end of the files' part.</summary>
    internal long PartsLength => FilesOffset + FilesLength - HeadOffset;

    internal static SegmentFooter Read(ReadOnlySpan<byte> octets, string name)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(octets) != Magic
            || BinaryPrimitives.ReadUInt128LittleEndian(octets[HashedOctets..]) != PageHash.Of(octets[..HashedOctets]))
        {
            throw new InvalidDataException(
                $"The segment '{name}' is damaged: its last {Octets} octets are no trailer.");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]);
        if (version != Version)
        {
            throw new InvalidDataException(
                $"The segment '{name}' has format {version}; this program knows {Version}: use the one that "
                + "wrote it.");
        }

        return new SegmentFooter
        {
            Kind = (SegmentKind)BinaryPrimitives.ReadUInt32LittleEndian(octets[12..]),
            Id = BinaryPrimitives.ReadInt64LittleEndian(octets[16..]),
            Number = BinaryPrimitives.ReadInt64LittleEndian(octets[24..]),
            Previous = BinaryPrimitives.ReadInt64LittleEndian(octets[32..]),
            HeadOffset = BinaryPrimitives.ReadInt64LittleEndian(octets[40..]),
            HeadLength = BinaryPrimitives.ReadInt64LittleEndian(octets[48..]),
            TableOffset = BinaryPrimitives.ReadInt64LittleEndian(octets[56..]),
            TableCount = BinaryPrimitives.ReadInt64LittleEndian(octets[64..]),
            FilesOffset = BinaryPrimitives.ReadInt64LittleEndian(octets[72..]),
            FilesLength = BinaryPrimitives.ReadInt64LittleEndian(octets[80..]),
            BodiesCount = BinaryPrimitives.ReadInt64LittleEndian(octets[88..]),
            RootHash = BinaryPrimitives.ReadUInt128LittleEndian(octets[96..]),
        };
    }

    internal byte[] ToOctets()
    {
        byte[] octets = new byte[Octets];
        BinaryPrimitives.WriteUInt64LittleEndian(octets, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(12), (uint)Kind);
        long[] words =
        [
            Id, Number, Previous, HeadOffset, HeadLength, TableOffset, TableCount, FilesOffset, FilesLength,
            BodiesCount,
        ];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(octets.AsSpan(16 + (8 * i)), words[i]);
        }

        BinaryPrimitives.WriteUInt128LittleEndian(octets.AsSpan(96), RootHash);
        BinaryPrimitives.WriteUInt128LittleEndian(
            octets.AsSpan(HashedOctets), PageHash.Of(octets.AsSpan(0, HashedOctets)));
        return octets;
    }
}
