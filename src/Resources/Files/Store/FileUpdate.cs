using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Redo;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Store;

/// <summary>A file as an action has changed it, in memory until it is prepared.</summary>
internal sealed class FileUpdate
{
    private byte[] _octets;
    private int _length;

    private FileUpdate(FilePath path, FileBase seen, byte[] content)
    {
        Path = path;
        Seen = seen;
        _octets = content;
        _length = content.Length;
        Exists = seen.Exists;
    }

    /// <summary>The file.</summary>
    internal FilePath Path { get; }

    /// <summary>What the file was when the action first changed it.</summary>
    internal FileBase Seen { get; }

    /// <summary>False once the action has deleted it, or while it has not created it.</summary>
    internal bool Exists { get; private set; }

    /// <summary>Octets now.</summary>
    internal int Length => _length;

    /// <summary>The content now.</summary>
    internal ReadOnlyMemory<byte> Content => _octets.AsMemory(0, _length);

    /// <summary>Reads a locked file, to change it.</summary>
    internal static FileUpdate Of(FilePath path, SafeFileHandle? file)
    {
        if (file is null)
        {
            return new FileUpdate(path, FileBase.Missing, []);
        }

        byte[] content = ReadWhole(path, file);
        FileBase seen = new(true, FileStat.Of(file).Inode, content.Length, ContentHash.Of(content));
        return new FileUpdate(path, seen, content);
    }

    /// <summary>The whole content of a file that may be updated.</summary>
    internal static byte[] ReadWhole(FilePath path, SafeFileHandle file)
    {
        long size = FileStat.Of(file).Size;
        if (size > FileLimits.FileOctetsMax)
        {
            throw TooLong(path, size);
        }

        return Disk.ReadAll(file);
    }

    /// <summary>What the file would have with this operation done, for the limits.</summary>
    internal long LengthAfter(FileOperation operation) => operation switch
    {
        WriteFile write => Math.Max(_length, Math.Min(write.Offset, FileLimits.FileOctetsMax) + write.Content.Length),
        AppendFile append => _length + (long)append.Content.Length,
        ReplaceFile replace => replace.Content.Length,
        DeleteFile => 0,
        _ => _length,
    };

    /// <summary>Does a change.</summary>
    internal void Do(FileOperation operation)
    {
        switch (operation)
        {
            case WriteFile write:
                NeedFile(write.Offset);
                Put(write.Offset, write.Content.Span);
                break;
            case AppendFile append:
                NeedFile(0);
                Put(_length, append.Content.Span);
                break;
            case ReplaceFile replace:
                _length = 0;
                Exists = true;
                Put(0, replace.Content.Span);
                break;
            case DeleteFile:
                NeedFile(0);
                _octets = [];
                _length = 0;
                Exists = false;
                break;
            default:
                throw new StoreRefusedException(
                    RefusalCode.ProtocolError, "This Server does not know the operation: use read, write, append, "
                    + "replace or delete.");
        }
    }

    private static StoreRefusedException TooLong(FilePath path, long octets) => new(
        RefusalCode.Limit,
        $"'{path}' has or would have {octets} octets; files of more than {FileLimits.FileOctetsMax} cannot be "
        + "updated.");

    private void NeedFile(long offset)
    {
        if (!Exists)
        {
            throw new StoreRefusedException(
                RefusalCode.Resource, $"There is no file '{Path}': create it with replace, or correct the path.");
        }

        if (offset < 0)
        {
            throw new StoreRefusedException(
                RefusalCode.ProtocolError, $"The offset {offset} in '{Path}' is negative: count from 0.");
        }

        if (offset > FileLimits.FileOctetsMax)
        {
            throw TooLong(Path, offset);
        }
    }

    private void Put(long offset, ReadOnlySpan<byte> content)
    {
        long length = Math.Max(_length, offset + content.Length);
        if (length > FileLimits.FileOctetsMax)
        {
            throw TooLong(Path, length);
        }

        if (length > _octets.Length)
        {
            Array.Resize(ref _octets, (int)Math.Min(FileLimits.FileOctetsMax, Math.Max(length, _octets.Length * 2L)));
        }

        if (offset > _length)
        {
            _octets.AsSpan(_length, (int)offset - _length).Clear();
        }

        content.CopyTo(_octets.AsSpan((int)offset));
        _length = (int)length;
    }
}
