using System.Security.Cryptography;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>Checks and makes the directory of a log.</summary>
internal static class LogDirectory
{
    private const long TemporaryFileSystem = 0x01021994;
    private const long MemoryFileSystem = 0x858458F6;

    /// <summary>Makes the directory if need be, and refuses one where nothing would be durable.</summary>
    internal static void Prepare(LogFiles files, LogOptions options)
    {
        try
        {
            if (!Directory.Exists(files.Root))
            {
                CreatePrivate(files.Root);
                options.Disk.SyncDirectory(Path.GetDirectoryName(files.Root) ?? files.Root);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LogFailedException(
                $"The log directory '{files.Root}' cannot be made ({failure.Message.TrimEnd('.')}): name another "
                + "directory, or give this user the right to make it.",
                failure);
        }

        long kind = Libc.FileSystemKind(files.Root);
        if (kind is TemporaryFileSystem or MemoryFileSystem && !options.AllowVolatileDirectory)
        {
            throw new LogFailedException(
                $"The log directory '{files.Root}' lies in memory (tmpfs or ramfs): what is written there does not "
                + "survive the machine, so nothing could be promised. Name a directory on a disk.");
        }
    }

    /// <summary>Reads which log this is, or makes a new one in an empty directory.</summary>
    internal static LogIdentityFile IdentityOf(LogFiles files, LogOptions options)
    {
        LogIdentityFile? identity = LogIdentityFile.Read(files);
        if (identity is null)
        {
            return Make(files, options);
        }

        if (identity.Node != options.Node)
        {
            throw new LogFailedException(
                $"The log in '{files.Root}' is that of node {identity.Node}, not of node {options.Node}: a node's "
                + "name moves only with its own complete log. Name the right directory, or an empty one.");
        }

        return identity;
    }

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(
                path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static LogIdentityFile Make(LogFiles files, LogOptions options)
    {
        if (files.Segments().Count > 0)
        {
            throw new LogFailedException(
                $"'{files.Root}' holds records of a log, but '{files.Identity}' is missing: restore that file from a "
                + "copy of this log's directory. Nothing was changed.");
        }

        if (Witness.TellsOfRecords(files))
        {
            throw new LogFailedException(
                $"'{files.Witness}' tells of a log's records, but '{files.Identity}' and the records are missing: "
                + "restore the whole directory from a copy of this log's directory; or, if the node is to begin with "
                + "a new log, name an empty one. Nothing was changed.");
        }

        LogIdentity log = options.NewIdentity ?? new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(
            RandomNumberGenerator.GetBytes(LogIdentity.Octets)));
        LogIdentityFile made = new(log, options.Node, options.Geometry ?? LogGeometry.For(options.LimitBytes));
        using (Witness witness = Witness.Open(options.Disk, files, log, options.Time, 0))
        {
            witness.Write(0, cleanStop: true);
        }

        // The witness must not be missing where the identity is there, whatever a stop of the machine leaves.
        options.Disk.SyncDirectory(files.Root);
        made.Create(options.Disk, files);
        return made;
    }
}
