using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Locks;
using Ccr.Resources.Files.Os;

namespace Ccr.Resources.Files.Store;

/// <summary>Serves a read: of the action's own update where there is one, of the locked file otherwise.</summary>
internal static class FileReader
{
    internal static FilesReply Read(long reference, ReadFile read, LockedFile file, FileUpdate? update)
    {
        if (read.Offset < 0 || read.Length < 0)
        {
            throw new StoreRefusedException(
                RefusalCode.ProtocolError, $"Offset and length of a read of '{file.Path}' cannot be negative.");
        }

        int length = (int)Math.Min(read.Length, FileLimits.ContentOctetsMax);
        if (update is not null)
        {
            int start = (int)Math.Min(read.Offset, update.Length);
            int taken = Math.Min(length, update.Length - start);
            return new FilesReply(
                reference, update.Exists, update.Length, update.Content.Slice(start, taken).ToArray());
        }

        if (file.File is null)
        {
            return new FilesReply(reference, false, 0, default);
        }

        long size = FileStat.Of(file.File).Size;
        byte[] octets = new byte[Math.Min(length, Math.Max(0, size - read.Offset))];
        int got = Disk.ReadAt(file.File, read.Offset, octets);
        return new FilesReply(reference, true, size, octets.AsMemory(0, got));
    }
}
