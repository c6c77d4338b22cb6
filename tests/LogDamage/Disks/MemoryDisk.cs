using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Storage;

namespace Ccr.LogDamage.Tests.Disks;

/// <summary>A disk that is an image in memory, without faults.</summary>
internal sealed class MemoryDisk(DiskImage image) : IDisk
{
    internal const string Root = "/log";

    public IDiskFile Open(string path)
    {
        image.Files.TryAdd(path, []);
        return new File(image, path);
    }

    public void SyncDirectory(string directory)
    {
        // Everything is as durable as it will be.
    }

    public void Rename(string from, string to)
    {
        image.Files[to] = image.Files[from];
        image.Files.Remove(from);
    }

    public void Remove(string path) => image.Files.Remove(path);

    public bool Exists(string path) => image.Files.ContainsKey(path);

    public Stream OpenRead(string path) => image.Files.TryGetValue(path, out byte[]? octets)
        ? new MemoryStream(octets, writable: false)
        : throw new FileNotFoundException($"There is no file '{path}'.");

    public IEnumerable<string> List(string directory, string prefix) =>
        image.Files.Keys.Where(path => path.StartsWith($"{directory}/{prefix}", StringComparison.Ordinal));

    public void Prepare(LogFiles files, LogOptions options)
    {
        // The directory is there.
    }

    public IDisposable Claim(LogFiles files) => new MemoryStream();

    private sealed class File(DiskImage image, string path) : IDiskFile
    {
        public void Write(ReadOnlySpan<byte> octets, long offset)
        {
            byte[] file = image.Files[path];
            if (file.Length < offset + octets.Length)
            {
                Array.Resize(ref file, (int)offset + octets.Length);
                image.Files[path] = file;
            }

            octets.CopyTo(file.AsSpan((int)offset));
        }

        public void Sync()
        {
            // Everything is as durable as it will be.
        }

        public void SetLength(long length)
        {
            byte[] file = image.Files[path];
            Array.Resize(ref file, (int)length);
            image.Files[path] = file;
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
