using Ccr.AtomicActionLog.Storage;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>A disk that calls back during each force.</summary>
internal sealed class ReentrantDisk : FaultyDisk, IDisposable
{
    internal Action? OnSync { get; set; }

    public void Dispose() => OnSync = null;

    protected override void BeforeSync(string path) => OnSync?.Invoke();
}

/// <summary>A real disk that notes the order of writes to and forces of the log's segments.</summary>
internal sealed class NotingDisk : FaultyDisk
{
    internal List<string> Notes { get; } = [];

    protected override void BeforeWrite(string path) => Note("write", path);

    protected override void BeforeSync(string path) => Note("force", path);

    private void Note(string what, string path)
    {
        if (Path.GetFileName(path).StartsWith("records.", StringComparison.Ordinal))
        {
            Notes.Add(what);
        }
    }
}

/// <summary>A real disk whose n-th call of a kind fails.</summary>
internal class FaultyDisk : IDisk
{
    /// <summary>The number of the write that fails; 0: none.</summary>
    internal int FailingWrite { get; set; }

    /// <summary>The number of the force that fails; later ones succeed again, as they do after fsync failed.</summary>
    internal int FailingSync { get; set; }

    internal int Writes { get; private set; }

    internal int Syncs { get; private set; }

    public IDiskFile Open(string path) => new FaultyFile(this, path, PosixDisk.Instance.Open(path));

    public void SyncDirectory(string directory) => PosixDisk.Instance.SyncDirectory(directory);

    public void Rename(string from, string to) => PosixDisk.Instance.Rename(from, to);

    public void Remove(string path) => PosixDisk.Instance.Remove(path);

    protected virtual void BeforeWrite(string path)
    {
        // Nothing happens on a plain faulty disk.
    }

    protected virtual void BeforeSync(string path)
    {
        // Nothing happens on a plain faulty disk.
    }

    private void CountWrite(string path)
    {
        BeforeWrite(path);
        if (++Writes == FailingWrite)
        {
            throw new IOException("The system could not write: No space left on device.");
        }
    }

    private void CountSync(string path)
    {
        BeforeSync(path);
        if (++Syncs == FailingSync)
        {
            throw new IOException("The system could not force: Input/output error.");
        }
    }

    private sealed class FaultyFile(FaultyDisk disk, string path, IDiskFile file) : IDiskFile
    {
        public void Write(ReadOnlySpan<byte> octets, long offset)
        {
            disk.CountWrite(path);
            file.Write(octets, offset);
        }

        public void Sync()
        {
            disk.CountSync(path);
            file.Sync();
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Dispose() => file.Dispose();
    }
}
