namespace Ccr.Artemis;

/// <summary>A file as it was while the program stood: its state, and the blocks that may have changed.</summary>
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

    /// <summary>Blocks that differ from the last known ones, each a whole page.</summary>
    internal List<(long Offset, byte[] Block)> Blocks { get; } = [];

    /// <summary>Stores the blocks.</summary>
    internal FileVersion ToVersion(SegmentDraft draft, FileImage? before)
    {
        List<PageEntry> changed = [];
        foreach ((long offset, byte[] block) in Blocks)
        {
            long index = offset / WireWords.PageOctets;
            // Beyond the old end a block counts as zeros: that is what laying this version over the old one finds.
            PageEntry known = before is not null && index < before.Blocks.Length ? before.Blocks[index] : default;
            if (draft.Add(block, (ulong)offset, known) is { } entry)
            {
                changed.Add(entry);
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
