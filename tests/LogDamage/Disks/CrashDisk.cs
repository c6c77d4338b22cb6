using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Storage;

namespace Ccr.LogDamage.Tests.Disks;

/// <summary>What a failing call of a disk says, and how much of a write it does before.</summary>
internal enum DiskFault
{
    InputOutput,
    NoSpace,
    Quota,
    ShortWrite,
}

/// <summary>
/// A disk that remembers which calls are not yet durable, so that the states in which a stop of the machine may leave
/// it can be made (<see cref="CrashStates"/>). POSIX and no more: a file's force makes its octets durable, not its
/// name; a directory's force makes names durable, not octets. A force that failed leaves what was written visible,
/// and no later force makes it durable.
/// </summary>
internal sealed class CrashDisk : IDisk
{
    private readonly Dictionary<string, Inode> _names = new(StringComparer.Ordinal);

    internal CrashDisk()
    {
    }

    /// <summary>The disk of a machine that starts again.</summary>
    internal CrashDisk(DiskImage image)
    {
        foreach ((string path, byte[] octets) in image.Files)
        {
            Inode file = new() { Cache = (byte[])octets.Clone(), Durable = (byte[])octets.Clone() };
            _names.Add(path, file);
            DurableNames.Add(path, file);
        }
    }

    /// <summary>The names on the medium.</summary>
    internal Dictionary<string, Inode> DurableNames { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>What is not yet durable, in order.</summary>
    internal List<Pending> Unforced { get; } = [];

    /// <summary>Called when a call is under way, before it is durable: the moment for a stop of the machine.</summary>
    internal Action? UnderWay { get; set; }

    /// <summary>How many calls there were that change something.</summary>
    internal int Calls { get; private set; }

    /// <summary>The number of the call that fails; 0: none.</summary>
    internal int FailingCall { get; set; }

    /// <summary>How it fails.</summary>
    internal DiskFault Fault { get; set; }

    /// <summary>The number of the call with which the process ends: it and all later ones do nothing.</summary>
    internal int LastCall { get; set; } = int.MaxValue;

    /// <summary>The call that failed, in words; null when none did.</summary>
    internal string? Failed { get; private set; }

    /// <summary>The same disk for the next process: nothing of the last one's faults and end.</summary>
    internal CrashDisk AfterTheProcess()
    {
        CrashDisk next = new() { DurableNames = DurableNames };
        next.Unforced.AddRange(Unforced);
        foreach ((string path, Inode file) in _names)
        {
            next._names.Add(path, file);
        }

        return next;
    }

    /// <summary>What programs see.</summary>
    internal DiskImage Seen()
    {
        DiskImage image = new();
        foreach ((string path, Inode file) in _names)
        {
            image.Files.Add(path, (byte[])file.Cache.Clone());
        }

        return image;
    }

    public IDiskFile Open(string path)
    {
        if (!_names.TryGetValue(path, out Inode? file))
        {
            Count("open", path);
            file = new Inode();
            _names.Add(path, file);
            Note(new Pending.Create(path, file));
        }

        return new File(this, path, file);
    }

    public void SyncDirectory(string directory)
    {
        UnderWay?.Invoke();
        Count("force", directory);
        if (directory != MemoryDisk.Root)
        {
            return;
        }

        foreach (Pending change in Unforced.Where(change => change.Target is null))
        {
            CrashStates.ApplyName(DurableNames, change);
        }

        Unforced.RemoveAll(change => change.Target is null);
    }

    public void Rename(string from, string to)
    {
        Count("rename", from);
        _names[to] = _names[from];
        _names.Remove(from);
        Note(new Pending.Rename(from, to));
    }

    public void Remove(string path)
    {
        Count("remove", path);
        _names.Remove(path);
        Note(new Pending.Remove(path));
    }

    public bool Exists(string path) => _names.ContainsKey(path);

    public Stream OpenRead(string path) => _names.TryGetValue(path, out Inode? file)
        ? new MemoryStream(file.Cache, writable: false)
        : throw new FileNotFoundException($"There is no file '{path}'.");

    public IEnumerable<string> List(string directory, string prefix) =>
        _names.Keys.Where(path => path.StartsWith($"{directory}/{prefix}", StringComparison.Ordinal)).ToList();

    public void Prepare(LogFiles files, LogOptions options)
    {
        // The directory is there, and its own name is durable.
    }

    public IDisposable Claim(LogFiles files) => new MemoryStream();

    private void Note(Pending change)
    {
        Unforced.Add(change);
        UnderWay?.Invoke();
    }

    private void Count(string what, string path, Action? partly = null)
    {
        Calls++;
        if (Calls >= LastCall)
        {
            if (Calls == LastCall)
            {
                partly?.Invoke();
            }

            throw new IOException("The process has ended.");
        }

        if (Calls == FailingCall)
        {
            partly?.Invoke();
            Failed = $"{what} {Path.GetFileName(path)}";
            throw new IOException($"The system could not {what} '{path}': {Fault}.");
        }
    }

    private sealed class File(CrashDisk disk, string path, Inode file) : IDiskFile
    {
        public void Write(ReadOnlySpan<byte> octets, long offset)
        {
            byte[] copy = octets.ToArray();
            disk.Count(
                "write to",
                path,
                () => Put(disk.Fault == DiskFault.ShortWrite ? copy[..(copy.Length / 2)] : [], offset));
            Put(copy, offset);
        }

        public void Sync()
        {
            disk.UnderWay?.Invoke();
            bool failing = disk.Calls + 1 == disk.FailingCall;
            List<Pending> mine = disk.Unforced.FindAll(change => change.Target == file);
            if (failing)
            {
                disk.Unforced.RemoveAll(change => change.Target == file && change is Pending.Data);
            }

            disk.Count("force", path);
            foreach (Pending change in mine)
            {
                file.Durable = CrashStates.ApplyOctets(file.Durable, change);
            }

            disk.Unforced.RemoveAll(change => change.Target == file);
        }

        public void SetLength(long length)
        {
            disk.Count("cut", path);
            byte[] cache = file.Cache;
            if (cache.Length != length)
            {
                Array.Resize(ref cache, (int)length);
                file.Cache = cache;
                disk.Note(new Pending.Length(file, length));
            }
        }

        public void Dispose()
        {
            // Nothing is held.
        }

        private void Put(byte[] octets, long offset)
        {
            if (octets.Length > 0)
            {
                Pending.Data written = new(file, offset, octets);
                file.Cache = CrashStates.ApplyOctets(file.Cache, written);
                disk.Note(written);
            }
        }
    }
}
