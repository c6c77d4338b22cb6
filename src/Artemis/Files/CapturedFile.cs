namespace Ccr.Artemis;

/// <summary>A file as it was while the program stood: its state, and what may have changed of it.</summary>
internal sealed class CapturedFile
{
    /// <summary>What it is; which of its blocks changed is known when they are stored.</summary>
    internal required FileVersion Version { get; init; }

    /// <summary>
    /// Parts of it, each beginning at a page and filled up to one with zeros; empty: nothing has changed.
    /// </summary>
    internal List<(long Offset, byte[] Octets)> Parts { get; } = [];

    /// <summary>Stores what has changed.</summary>
    internal FileVersion ToVersion(SegmentDraft draft, FileImage? before)
    {
        List<PageEntry> changed = [];
        foreach ((long start, byte[] octets) in Parts)
        {
            for (int at = 0; at < octets.Length; at += WireWords.PageOctets)
            {
                long index = (start + at) / WireWords.PageOctets;
                // Beyond the old end a block counts as zeros: that is what laying this version over the old one finds.
                PageEntry known = before is not null && index < before.Blocks.Length ? before.Blocks[index] : default;
                if (draft.Add(octets.AsSpan(at, WireWords.PageOctets), (ulong)(start + at), known) is { } entry)
                {
                    changed.Add(entry);
                }
            }
        }

        return Version with { Changed = [.. changed] };
    }
}
