using System.Security.Cryptography;
using System.Text;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Redo;

/// <summary>
/// The Server's own folder: one file for each prepared branch, one for each kept outcome, the incarnation, and the
/// lock that keeps a second Server out.
/// </summary>
internal sealed class StateFolder : IDisposable
{
    private const string ImagePrefix = "image-";
    private const string OutcomePrefix = "outcome-";
    private const string DamagedPrefix = "damaged-";
    private const string KeptPrefix = "kept-";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _path;
    private readonly SafeFileHandle _folder;
    private readonly SafeFileHandle _lock;
    private readonly Action<FaultPoint> _fault;
    private long _fileForces;

    /// <summary>Opens the folder, makes it where it is missing, and claims it.</summary>
    /// <exception cref="IOException">Another process has it, or cannot be used; the message says which.</exception>
    internal StateFolder(string path, Action<FaultPoint> fault)
    {
        _path = path;
        _fault = fault;
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, Private);
        }

        _folder = Disk.OpenFolder(path);
        Names = new FolderForce(_folder, path);
        try
        {
            int fd = Libc.openat(_folder, "lock", Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC, 0x180);
            _lock = fd >= 0 ? Disk.Own(fd) : throw OsError.Make($"'{path}/lock' cannot be opened", Libc.LastError);
            if (OsLock.TryTake(_lock, LockMode.Exclusive) != OsLockResult.Taken)
            {
                _lock.Dispose();
                throw new IOException(
                    $"The state folder '{path}' is in use by another file Server: stop it, or name another folder.");
            }
        }
        catch (IOException)
        {
            _folder.Dispose();
            throw;
        }
    }

    /// <summary>Forces the folder's names, many askers at once.</summary>
    internal FolderForce Names { get; }

    /// <summary>Forces of single files so far, for tests and figures.</summary>
    internal long FileForces => Interlocked.Read(ref _fileForces);

    /// <summary>The name of a branch's image, for messages to operators.</summary>
    internal static string ImageName(BranchKey key) => ImagePrefix + Digest(key);

    /// <inheritdoc/>
    public void Dispose()
    {
        OsLock.Release(_lock);
        _lock.Dispose();
        _folder.Dispose();
    }

    /// <summary>Writes and forces an image; <paramref name="reserve"/> is called before the force.</summary>
    internal void WriteImage(RedoImage image, Action reserve)
    {
        string name = ImageName(image.Key);
        using SafeFileHandle file = Disk.Create(_folder, name);
        _fault(FaultPoint.ImageCreated);
        byte[] head = RedoCodec.WriteHead(image);
        Disk.WriteAt(file, 0, head);
        long offset = head.Length;
        foreach (RedoEntry entry in image.Entries)
        {
            Disk.WriteAt(file, offset, entry.Content.Span);
            offset += entry.Length;
        }

        _fault(FaultPoint.ImageWritten);
        reserve();
        _fault(FaultPoint.SpaceReserved);
        Force(file, name);
        _fault(FaultPoint.ImageForced);
        Names.Force();
        _fault(FaultPoint.ImageListed);
    }

    /// <summary>The image with its contents, read from the disk; null when it is damaged.</summary>
    internal RedoImage? LoadImage(BranchKey key)
    {
        using SafeFileHandle file = Disk.OpenToRead(_folder, ImageName(key));
        byte[] octets = Disk.ReadAll(file);
        if (RedoCodec.ReadHead(octets) is not { } image)
        {
            return null;
        }

        long offset = RedoCodec.PreludeOctets + RedoCodec.HeadLength(octets);
        List<RedoEntry> entries = [];
        foreach (RedoEntry entry in image.Entries)
        {
            if (entry.Length < 0 || offset + entry.Length > octets.Length)
            {
                return null;
            }

            ReadOnlyMemory<byte> content = octets.AsMemory((int)offset, entry.Length);
            if (entry.Kind != RedoKind.Delete && !ContentHash.Of(content.Span).AsSpan().SequenceEqual(entry.Hash))
            {
                return null;
            }

            entries.Add(entry with { Content = content });
            offset += entry.Length;
        }

        return image with { Entries = entries };
    }

    /// <summary>Removes an image; the caller forces the names.</summary>
    internal void RemoveImage(BranchKey key) => Disk.Remove(_folder, ImageName(key));

    /// <summary>Keeps the image of a damaged branch for the operator, under a name that recovery passes by.</summary>
    internal string SetImageAside(BranchKey key)
    {
        string kept = KeptPrefix + Digest(key);
        Rename(ImageName(key), kept);
        return Path.Combine(_path, kept);
    }

    /// <summary>True when the branch had an image whose head could not be read at a start.</summary>
    internal bool HasDamagedImage(BranchKey key) => FileStat.Of(_folder, DamagedPrefix + Digest(key)) is not null;

    /// <summary>Writes and forces an outcome, in the place of an older one; the caller forces the names.</summary>
    internal void WriteOutcome(KeptOutcome outcome)
    {
        string name = OutcomePrefix + Digest(outcome.Key);
        Disk.Remove(_folder, name);
        using SafeFileHandle file = Disk.Create(_folder, name);
        Disk.WriteAt(file, 0, RedoCodec.WriteOutcome(outcome));
        _fault(FaultPoint.OutcomeWritten);
        Force(file, name);
        _fault(FaultPoint.OutcomeForced);
    }

    /// <summary>Removes an outcome. Not forced: one that comes back is told of and forgotten again.</summary>
    internal void RemoveOutcome(BranchKey key) => Disk.Remove(_folder, OutcomePrefix + Digest(key));

    /// <summary>Every image whose head is whole, without its contents. Others are set aside by name.</summary>
    internal List<RedoImage> FindImages(Action<string> warn)
    {
        List<RedoImage> found = [];
        foreach (string name in NamesWith(ImagePrefix))
        {
            byte[] head = ReadHead(name);
            if (head.Length == 0)
            {
                Disk.Remove(_folder, name);
                continue;
            }

            if (RedoCodec.ReadHead(head) is { } image && ImageName(image.Key) == name)
            {
                found.Add(image);
                continue;
            }

            string aside = DamagedPrefix + name[ImagePrefix.Length..];
            Rename(name, aside);
            warn($"'{_path}/{aside}' is no whole image of a branch: it was never promised, or the disk has damaged it: "
                + "if its manager orders Commit, that is answered as a hazard.");
        }

        return found;
    }

    /// <summary>Every kept outcome. One that was not forced is dropped: its image still stands beside it.</summary>
    internal List<KeptOutcome> FindOutcomes()
    {
        List<KeptOutcome> found = [];
        foreach (string name in NamesWith(OutcomePrefix))
        {
            using SafeFileHandle file = Disk.OpenToRead(_folder, name);
            if (RedoCodec.ReadOutcome(Disk.ReadAll(file)) is { } outcome)
            {
                found.Add(outcome);
            }
            else
            {
                Disk.Remove(_folder, name);
            }
        }

        return found;
    }

    /// <summary>Reads a small file of the folder; null when there is none.</summary>
    internal byte[]? ReadSmall(string name)
    {
        if (FileStat.Of(_folder, name) is null)
        {
            return null;
        }

        using SafeFileHandle file = Disk.OpenToRead(_folder, name);
        return Disk.ReadAll(file);
    }

    /// <summary>Writes a small file whole, and forces it: after a crash there is the old one or the new one.</summary>
    internal void WriteSmall(string name, ReadOnlySpan<byte> content)
    {
        string fresh = name + ".new";
        Disk.Remove(_folder, fresh);
        using (SafeFileHandle file = Disk.Create(_folder, fresh))
        {
            Disk.WriteAt(file, 0, content);
            Force(file, fresh);
        }

        Rename(fresh, name);
        Names.Force();
    }

    private byte[] ReadHead(string name)
    {
        using SafeFileHandle file = Disk.OpenToRead(_folder, name);
        byte[] prelude = new byte[RedoCodec.PreludeOctets];
        int read = Disk.ReadAt(file, 0, prelude);
        long wanted = (long)read + RedoCodec.HeadLength(prelude.AsSpan(0, read));
        byte[] whole = new byte[Math.Min(wanted, FileStat.Of(file).Size)];
        return whole[..Disk.ReadAt(file, 0, whole)];
    }

    private IEnumerable<string> NamesWith(string prefix) => Directory.EnumerateFiles(_path, prefix + "*")
        .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();

    private void Rename(string from, string to)
    {
        int returned = Libc.renameat2(_folder, from, _folder, to, 0);
        OsError.Check(returned, $"'{from}' in '{_path}' cannot be renamed to '{to}'");
    }

    private void Force(SafeFileHandle file, string name)
    {
        Disk.ForceData(file, name);
        Interlocked.Increment(ref _fileForces);
    }

    private static string Digest(BranchKey key) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Action}|{key.Branch}")).AsSpan(0, 16));
}
