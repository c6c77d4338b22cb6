using System.Runtime.InteropServices;
using System.Text;

namespace Ccr.Artemis;

/// <summary>
/// Writes what a restarted program builds itself from: the head of its checkpoint, and where its pages lie.
/// </summary>
internal static class PlanWriter
{
    private const int Alignment = 8;

    /// <summary>Writes a plan.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="head">The slab's head of the checkpoint, word for word.</param>
    /// <param name="pages">Its pages, by ascending address.</param>
    /// <param name="segments">Where the pages are.</param>
    /// <param name="folder">The folder of the segments.</param>
    /// <param name="files">Where captures are opened now, by 1 + their index.</param>
    internal static void Write(
        string path, byte[] head, PageEntry[] pages, SegmentStore segments, string folder,
        IReadOnlyDictionary<int, string> files)
    {
        SlabView view = new(head);
        MemoryStream strings = new();
        strings.Write(view[Section.Strings]);
        if (strings.Length == 0)
        {
            strings.WriteByte(0);
        }

        CaptureBody[] captures = view.Captures.ToArray();
        foreach ((int capture, string file) in files)
        {
            // One inode may be captured twice, mapped and open: both are opened at the same place.
            CaptureBody named = captures[capture - 1];
            uint name = Add(strings, file);
            for (int i = 0; i < captures.Length; i++)
            {
                if (captures[i].Device == named.Device && captures[i].Inode == named.Inode)
                {
                    captures[i].Path = name;
                }
            }
        }

        Dictionary<long, uint> indexes = [];
        List<SourceBody> sources = [];
        List<ExtentBody> extents = [.. Extents(pages, file => SourceOf(file))];
        uint SourceOf(long file)
        {
            if (!indexes.TryGetValue(file, out uint index))
            {
                indexes[file] = index = (uint)sources.Count;
                string name = Path.Combine(folder, segments.ById(file)!.Name);
                sources.Add(new SourceBody { Path = Add(strings, name) });
            }

            return index;
        }

        byte[][] sections = new byte[(int)Section.Count][];
        for (int i = 0; i < sections.Length; i++)
        {
            sections[i] = view[(Section)i].ToArray();
        }

        sections[(int)Section.Strings] = strings.ToArray();
        sections[(int)Section.Captures] = MemoryMarshal.AsBytes(captures.AsSpan()).ToArray();
        sections[(int)Section.Sources] = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(sources)).ToArray();
        sections[(int)Section.Extents] = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(extents)).ToArray();
        File.WriteAllBytes(path, Laid(view.Head, sections));
    }

    private static byte[] Laid(SlabHead head, byte[][] sections)
    {
        using MemoryStream all = new();
        all.Write(new byte[Marshal.SizeOf<SlabHead>()]);
        for (int i = 0; i < sections.Length; i++)
        {
            head.Sections[i] = new SectionEntry { Offset = (ulong)all.Length, Length = (ulong)sections[i].Length };
            all.Write(sections[i]);
            all.Write(new byte[(Alignment - (sections[i].Length % Alignment)) % Alignment]);
        }

        head.HeadLength = (ulong)all.Length;
        head.PagesOffset = 0;
        head.PagesCount = 0;
        byte[] octets = all.ToArray();
        MemoryMarshal.Write(octets, head);
        return octets;
    }

    /// <summary>
    /// Runs of pages whose bodies lie one after the other; pages of zeros need nothing but to be told.
    /// </summary>
    private static IEnumerable<ExtentBody> Extents(PageEntry[] pages, Func<long, uint> sourceOf)
    {
        ExtentBody run = default;
        foreach (PageEntry entry in pages)
        {
            uint source = entry.Place.IsZero ? 0 : sourceOf(entry.Place.File);
            uint zero = entry.Place.IsZero ? 1u : 0u;
            bool joins = run.Length > 0 && entry.Address == run.Address + run.Length && zero == run.Zero
                && (zero == 1 || (source == run.Source && (ulong)entry.Place.Offset == run.FileOffset + run.Length));
            if (!joins)
            {
                if (run.Length > 0)
                {
                    yield return run;
                }

                run = new ExtentBody
                {
                    Address = entry.Address,
                    FileOffset = (ulong)entry.Place.Offset,
                    Source = source,
                    Zero = zero,
                };
            }

            run.Length += WireWords.PageOctets;
        }

        if (run.Length > 0)
        {
            yield return run;
        }
    }

    private static uint Add(MemoryStream strings, string text)
    {
        uint at = (uint)strings.Length;
        strings.Write(Encoding.UTF8.GetBytes(text));
        strings.WriteByte(0);
        return at;
    }
}
