using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Os;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Store;

/// <summary>A file that was opened below the root.</summary>
/// <param name="File">The open file.</param>
/// <param name="Writable">False where this user may only read it.</param>
internal sealed record OpenedFile(SafeFileHandle File, bool Writable);

/// <summary>
/// The folder that the Server serves. Every path is walked part by part without following a symbolic link, so that
/// nothing outside can be reached, whatever somebody puts below the root meanwhile.
/// </summary>
internal sealed class RootFolder : IDisposable
{
    private const uint FolderMode = 0x1ED; // 0755, less the umask
    private readonly SafeFileHandle _root;

    internal RootFolder(string path)
    {
        _root = Disk.OpenFolder(path);
        FilePathText = path;
        Stat = FileStat.Of(_root);
    }

    /// <summary>Where it is.</summary>
    internal string FilePathText { get; }

    /// <summary>Which folder it is.</summary>
    internal FileStat Stat { get; }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    /// <summary>Opens the file, for writing where this user may; null when it, or its folder, does not exist.</summary>
    internal OpenedFile? Open(FilePath path)
    {
        using SafeFileHandle? folder = OpenParent(path);
        return folder is null ? null : OpenIn(folder, path);
    }

    /// <summary>True when the path still names this open file.</summary>
    internal bool Names(FilePath path, SafeFileHandle file)
    {
        using SafeFileHandle? folder = OpenParent(path);
        FileStat mine = FileStat.Of(file);
        return folder is not null && FileStat.Of(folder, path.Name) is { } named
            && named.Inode == mine.Inode && named.Device == mine.Device;
    }

    /// <summary>Opens the folder of a file; null when it does not exist.</summary>
    internal SafeFileHandle? OpenParent(FilePath path)
    {
        SafeFileHandle? folder = Enter(_root, ".", path);
        for (int i = 0; folder is not null && i < path.Parts.Count - 1; i++)
        {
            SafeFileHandle outer = folder;
            folder = Enter(outer, path.Parts[i], path);
            outer.Dispose();
        }

        return folder;
    }

    /// <summary>Opens the folder of a file, makes what is missing of it, and forces what it made.</summary>
    internal SafeFileHandle MakeParent(FilePath path)
    {
        SafeFileHandle folder = Enter(_root, ".", path)!;
        for (int i = 0; i < path.Parts.Count - 1; i++)
        {
            SafeFileHandle outer = folder;
            using (outer)
            {
                folder = Enter(outer, path.Parts[i], path) ?? Make(outer, path.Parts[i], path);
            }
        }

        return folder;
    }

    private static SafeFileHandle Make(SafeFileHandle outer, string part, FilePath path)
    {
        if (Libc.mkdirat(outer, part, FolderMode) != 0 && Libc.LastError is var error && error != Libc.EEXIST)
        {
            throw OsError.Make($"The folder '{part}' of '{path}' cannot be made", error);
        }

        Disk.ForceFolder(outer, part);
        return Enter(outer, part, path)
            ?? throw new IOException($"The folder '{part}' of '{path}' vanished while it was being made.");
    }

    private static SafeFileHandle? Enter(SafeFileHandle outer, string part, FilePath path)
    {
        int flags = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
        int fd = Libc.openat(outer, part, flags, 0);
        if (fd >= 0)
        {
            return Disk.Own(fd);
        }

        int error = Libc.LastError;
        return error switch
        {
            Libc.ENOENT => null,
            Libc.ENOTDIR or Libc.ELOOP => throw new StoreRefusedException(
                RefusalCode.NotPermitted,
                $"'{part}' in '{path}' is a symbolic link or not a folder: name the real folder below the root."),
            _ => throw OsError.Make($"The folder '{part}' of '{path}' cannot be opened", error),
        };
    }

    private static OpenedFile? OpenIn(SafeFileHandle folder, FilePath path)
    {
        int flags = Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_NOCTTY | Libc.O_CLOEXEC;
        int fd = Libc.openat(folder, path.Name, Libc.O_RDWR | flags, 0);
        int error = fd >= 0 ? 0 : Libc.LastError;
        bool writable = fd >= 0;
        if (error is Libc.EACCES or Libc.EROFS)
        {
            fd = Libc.openat(folder, path.Name, Libc.O_RDONLY | flags, 0);
            error = fd >= 0 ? 0 : Libc.LastError;
        }

        if (fd < 0)
        {
            return error == Libc.ENOENT ? null : throw CannotOpen(path, error);
        }

        SafeFileHandle file = Disk.Own(fd);
        if (!FileStat.Of(file).IsRegular)
        {
            file.Dispose();
            throw NotAFile(path);
        }

        return new OpenedFile(file, writable);
    }

    private static Exception CannotOpen(FilePath path, int error) => error switch
    {
        Libc.ELOOP => new StoreRefusedException(
            RefusalCode.NotPermitted, $"'{path}' is a symbolic link: name the file itself."),
        Libc.EISDIR or Libc.ENXIO => NotAFile(path),
        Libc.EMFILE or Libc.ENFILE => new StoreRefusedException(
            RefusalCode.Limit,
            $"'{path}' cannot be opened: too many files are open. Retry later, or raise 'ulimit -n'."),
        _ => OsError.Make($"'{path}' cannot be opened", error),
    };

    private static StoreRefusedException NotAFile(FilePath path) => new(
        RefusalCode.NotPermitted, $"'{path}' is a folder, a pipe or a device: only plain files can be updated.");
}
