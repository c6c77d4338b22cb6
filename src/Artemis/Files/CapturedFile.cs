namespace Ccr.Artemis;

/// <summary>A file as it was while the program stood: its state, and what may have changed of it.</summary>
internal sealed class CapturedFile
{
    internal required FileKey Key { get; init; }

    internal required string Path { get; init; }

    internal required long Size { get; init; }

    internal required long ChangedNs { get; init; }

    internal required long CapturedAtNs { get; init; }

    internal required uint Mode { get; init; }

    internal required CaptureFlags Flags { get; init; }

    internal required int Capture { get; init; }

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

        return new FileVersion
        {
            Key = Key,
            Path = Path,
            Size = Size,
            ChangedNs = ChangedNs,
            CapturedAtNs = CapturedAtNs,
            Mode = Mode,
            Flags = Flags,
            Capture = Capture,
            Changed = [.. changed],
        };
    }
}
