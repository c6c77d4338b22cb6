using Microsoft.Win32.SafeHandles;

namespace Ccr.Artemis;

/// <summary>Puts files back to what they were at a checkpoint.</summary>
internal static class FileRestore
{
    private const int Page = WireWords.PageOctets;
    private const int PermissionBits = 0xFFF;

    /// <summary>Restores all files of an image; tells where each capture of the head is to be opened now.</summary>
    /// <param name="image">The checkpoint.</param>
    /// <param name="segments">Where the blocks are.</param>
    /// <param name="folder">For files that have no name any more.</param>
    internal static Dictionary<int, string> All(CheckpointImage image, SegmentStore segments, string folder)
    {
        Dictionary<int, string> paths = [];
        foreach (FileImage file in image.Files.Values)
        {
            FileVersion version = file.Version;
            bool nameless = version.Flags.HasFlag(CaptureFlags.Unlinked);
            string path = nameless ? Path.Combine(folder, $"unlinked-{version.Capture}") : version.Path;
            if (nameless)
            {
                Directory.CreateDirectory(folder);
                File.Delete(path);
            }

            One(file, segments, path);
            if (version.Capture > 0)
            {
                paths[version.Capture] = path;
            }
        }

        return paths;
    }

    /// <summary>Rewrites the blocks that differ, and sets the length.</summary>
    private static void One(FileImage image, SegmentStore segments, string path)
    {
        FileVersion version = image.Version;
        using SafeFileHandle file = Open(path, version.Mode);
        byte[] now = new byte[Page];
        byte[] then = new byte[Page];
        for (int i = 0; i < image.Blocks.Length; i++)
        {
            long offset = (long)i * Page;
            int length = (int)Math.Min(Page, version.Size - offset);
            int got = ReadAt(file, offset, now.AsSpan(0, length));
            now.AsSpan(got).Clear();
            BodyOf(image.Blocks[i], segments, then, path);
            if (got < length || !now.AsSpan(0, length).SequenceEqual(then.AsSpan(0, length)))
            {
                RandomAccess.Write(file, then.AsSpan(0, length), offset);
            }
        }

        RandomAccess.SetLength(file, version.Size);
    }

    private static void BodyOf(PageEntry block, SegmentStore segments, byte[] page, string path)
    {
        if (block.Place.IsZero)
        {
            page.AsSpan().Clear();
        }
        else if (!segments.TryRead(block.Place, page) || PageHash.Of(page) != block.Hash)
        {
            throw new InvalidDataException(
                $"A block of '{path}' (segment {block.Place.File}, octet {block.Place.Offset}) is damaged: choose "
                + "another checkpoint with --at.");
        }
    }

    private static SafeFileHandle Open(string path, uint mode)
    {
        try
        {
            bool isNew = !File.Exists(path);
            SafeFileHandle file = Libc.OpenWithoutLock(
                path, Libc.OpenReadWrite | Libc.OpenCreate, mode & PermissionBits);
            if (isNew && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, (UnixFileMode)(mode & PermissionBits));
            }

            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"'{path}' cannot be put back ({e.Message.TrimEnd('.')}): make its folder, or give this user the right "
                + "to write it.", e);
        }
    }

    private static int ReadAt(SafeFileHandle file, long offset, Span<byte> octets)
    {
        int total = 0;
        while (total < octets.Length)
        {
            int read = RandomAccess.Read(file, octets[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }
}
