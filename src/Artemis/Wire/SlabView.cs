using System.Runtime.InteropServices;
using System.Text;

namespace Ccr.Artemis;

/// <summary>
/// Reads a slab's head: from the slab itself, from a segment, from a plan. Whatever points outside it is refused here,
/// so that nobody behind has to check again.
/// </summary>
internal readonly ref struct SlabView
{
    private readonly ReadOnlySpan<byte> _octets;

    /// <summary>Checks and wraps a head.</summary>
    /// <param name="octets">At least the head with all its sections.</param>
    /// <exception cref="InvalidDataException">It is none; the message is a sentence.</exception>
    internal SlabView(ReadOnlySpan<byte> octets)
    {
        _octets = octets;
        if (octets.Length < Marshal.SizeOf<SlabHead>())
        {
            throw new InvalidDataException("The slab is shorter than its head: the jacket wrote no checkpoint there.");
        }

        SlabHead head = Head;
        if (head.Magic != WireWords.SlabMagic || head.Version != WireWords.Version)
        {
            throw new InvalidDataException(
                $"The slab's head has version {head.Version} (magic {head.Magic:x16}), this server knows version "
                + $"{WireWords.Version}: use the jacket that came with it.");
        }

        if (head.HeadLength > (ulong)octets.Length)
        {
            throw new InvalidDataException($"The slab's head of {head.HeadLength} octets is cut at {octets.Length}.");
        }

        for (int i = 0; i < (int)Section.Count; i++)
        {
            SectionEntry entry = head.Sections[i];
            if (entry.Offset > head.HeadLength || entry.Length > head.HeadLength - entry.Offset)
            {
                throw new InvalidDataException($"Section {i} of the slab's head lies outside it.");
            }
        }
    }

    /// <summary>The fixed part.</summary>
    internal SlabHead Head => MemoryMarshal.Read<SlabHead>(_octets);

    /// <summary>Head and sections, word for word.</summary>
    internal ReadOnlySpan<byte> Octets => _octets[..(int)Head.HeadLength];

    internal ReadOnlySpan<PageRun> Populated => Of<PageRun>(Section.Populated);

    internal ReadOnlySpan<PageRun> Dirty => Of<PageRun>(Section.Dirty);

    internal ReadOnlySpan<CaptureBody> Captures => Of<CaptureBody>(Section.Captures);

    internal ReadOnlySpan<byte> this[Section section]
    {
        get
        {
            SectionEntry entry = Head.Sections[(int)section];
            return _octets.Slice((int)entry.Offset, (int)entry.Length);
        }
    }

    /// <summary>A string by its offset in SECTION_STRINGS.</summary>
    internal string Text(uint offset)
    {
        ReadOnlySpan<byte> strings = this[Section.Strings];
        if (offset >= strings.Length)
        {
            return offset == 0 ? "" : throw new InvalidDataException($"String {offset} lies outside the slab's head.");
        }

        ReadOnlySpan<byte> rest = strings[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private ReadOnlySpan<T> Of<T>(Section section)
        where T : struct => MemoryMarshal.Cast<byte, T>(this[section]);
}
