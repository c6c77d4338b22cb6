using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Ccr.Artemis;

/// <summary>
/// Where a body lies: a segment's file by its identifier, and an offset in it. File 0: a page of zeros.
/// </summary>
internal readonly record struct PagePlace(long File, long Offset)
{
    internal static PagePlace Zero => default;

    internal bool IsZero => File == 0;
}

/// <summary>
/// One line of a page table: an address (or a file's offset), the hash of the content, and its place.
/// </summary>
internal readonly record struct PageEntry(ulong Address, UInt128 Hash, PagePlace Place)
{
    internal const int Octets = 40;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static PageEntry Read(ReadOnlySpan<byte> octets) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(octets),
        BinaryPrimitives.ReadUInt128LittleEndian(octets[8..]),
        new PagePlace(
            BinaryPrimitives.ReadInt64LittleEndian(octets[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(octets[32..])));

    internal void Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(octets, Address);
        BinaryPrimitives.WriteUInt128LittleEndian(octets[8..], Hash);
        BinaryPrimitives.WriteInt64LittleEndian(octets[24..], Place.File);
        BinaryPrimitives.WriteInt64LittleEndian(octets[32..], Place.Offset);
    }
}
