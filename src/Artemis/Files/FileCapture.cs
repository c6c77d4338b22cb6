using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Artemis;

/// <summary>Reads the files that a program writes, while it stands.</summary>
internal static class FileCapture
{
    private const int PartOctets = 1 << 20;

    /// <summary>
    /// A file that changed so shortly before it was read may have changed again within the same tick of the kernel's
    /// clock: its time of change says nothing.
    /// </summary>
    private const long RacyNs = 50_000_000;

    /// <summary>Reads what may have changed since a checkpoint.</summary>
    /// <param name="pid">The program.</param>
    /// <param name="view">The slab's head.</param>
    /// <param name="before">The checkpoint that this one builds on, or null.</param>
    internal static List<CapturedFile> Read(int pid, SlabView view, CheckpointImage? before)
    {
        List<CapturedFile> files = [];
        HashSet<FileKey> seen = [];
        int index = 0;
        foreach (CaptureBody capture in view.Captures)
        {
            index++;
            FileKey key = new(capture.Device, capture.Inode);
            if (!seen.Add(key))
            {
                continue; // one file, mapped and open, or open twice under two names
            }

            string path = view.Text(capture.Path);
            string name = capture.Descriptor >= 0 ? $"/proc/{pid}/fd/{capture.Descriptor}" : path;
            using SafeFileHandle file = Open(name, path);
            files.Add(ReadOne(file, capture, path, index, before?.Files.GetValueOrDefault(key)?.Version));
        }

        return files;
    }

    private static CapturedFile ReadOne(
        SafeFileHandle file, CaptureBody capture, string path, int index, FileVersion? before)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        (ulong inode, long size, long changedNs) = State(file);
        if (inode != capture.Inode)
        {
            throw new IOException($"'{path}' is another file than the one that the program has: it was replaced.");
        }

        bool same = before is not null && !capture.Flags.HasFlag(CaptureFlags.Mapped) && before.Size == size
            && before.ChangedNs == changedNs && before.ChangedNs + RacyNs < before.CapturedAtNs;
        CapturedFile captured = new()
        {
            Version = new FileVersion
            {
                Key = new FileKey(capture.Device, capture.Inode),
                Path = path,
                Size = size,
                ChangedNs = changedNs,
                CapturedAtNs = same ? before!.CapturedAtNs : now,
                Mode = capture.Mode,
                Flags = capture.Flags,
                Capture = index,
                Changed = [],
            },
        };
        if (!same)
        {
            ReadAll(file, size, captured.Parts);
        }

        return captured;
    }

    private static void ReadAll(SafeFileHandle file, long size, List<(long Offset, byte[] Octets)> parts)
    {
        for (long at = 0; at < size; at += PartOctets)
        {
            int length = (int)Math.Min(PartOctets, size - at);
            byte[] octets = new byte[FileVersion.BlocksOf(length) * WireWords.PageOctets];
            for (int got = 0; got < length;)
            {
                int read = RandomAccess.Read(file, octets.AsSpan(got, length - got), at + got);
                if (read == 0)
                {
                    break; // shorter than it was: another process cut it
                }

                got += read;
            }

            parts.Add((at, octets));
        }
    }

    private static SafeFileHandle Open(string name, string path)
    {
        try
        {
            return Libc.OpenWithoutLock(name, Libc.OpenReadOnly, 0);
        }
        catch (IOException e)
        {
            throw new IOException(
                $"'{path}', which the program writes, cannot be read ({e.Message.TrimEnd('.')}): without its content "
                + "no checkpoint can be restarted from.", e);
        }
    }

    private static (ulong Inode, long Size, long ChangedNs) State(SafeFileHandle file)
    {
        Span<byte> s = stackalloc byte[256];
        string self = $"/proc/self/fd/{file.DangerousGetHandle()}";
        if (Libc.statx(Libc.AtFdCwd, self, 0, Libc.StatxBasic, ref s[0]) != 0)
        {
            throw Libc.Error("An open file could not be examined", Libc.LastError);
        }

        long changedNs = (BinaryPrimitives.ReadInt64LittleEndian(s[96..]) * 1_000_000_000)
            + BinaryPrimitives.ReadUInt32LittleEndian(s[104..]);
        return (
            BinaryPrimitives.ReadUInt64LittleEndian(s[32..]), BinaryPrimitives.ReadInt64LittleEndian(s[40..]),
            changedNs);
    }
}
