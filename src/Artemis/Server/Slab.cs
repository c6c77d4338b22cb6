using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Artemis;

/// <summary>
/// The file on tmpfs that the jacket copies pages into. Its pages are set up before they are needed: a copy into fresh
/// ones costs five times as much of the program's pause.
/// </summary>
internal sealed unsafe class Slab : IPageMemory, IDisposable
{
    private const string Folder = "/dev/shm";
    private const long WarmMin = 16L << 20;
    private const int Remembered = 16;

    private readonly SafeFileHandle _file;
    private readonly Queue<long> _recent = new();
    private byte* _memory;
    private long _mapped;

    private Slab(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
    }

    internal string Path { get; }

    /// <summary>Makes a slab, and removes those whose server is gone.</summary>
    internal static Slab Create()
    {
        string head = $"ccr-artemis-{Libc.geteuid()}-";
        foreach (string stale in Directory.EnumerateFiles(Folder, head + "*").Where(IsStale))
        {
            File.Delete(stale);
        }

        string path = System.IO.Path.Combine(
            Folder, $"{head}{Environment.ProcessId}-{Guid.NewGuid().ToString("N", null)[..8]}");
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Slab slab = new(path, new FileStream(path, options).SafeFileHandle);
        try
        {
            slab.Warm(WarmMin);
            return slab;
        }
        catch
        {
            slab.Dispose();
            throw;
        }
    }

    /// <summary>Maps what a checkpoint has put there.</summary>
    internal void Map(long length)
    {
        if (length > RandomAccess.GetLength(_file))
        {
            throw new InvalidDataException(
                $"The jacket says that it wrote {length} octets, but the slab has {RandomAccess.GetLength(_file)}.");
        }

        if (length <= _mapped)
        {
            return;
        }

        Unmap();
        nint at = Libc.mmap(0, (nuint)length, Libc.ProtRead, Libc.MapShared, _file, 0);
        if (at == -1)
        {
            throw Libc.Error("The slab cannot be mapped", Libc.LastError);
        }

        _memory = (byte*)at;
        _mapped = length;
    }

    public ReadOnlySpan<byte> At(long offset, int length) => offset >= 0 && length <= _mapped - offset
        ? new ReadOnlySpan<byte>(_memory + offset, length)
        : throw new InvalidDataException($"Octet {offset} lies outside the slab of {_mapped}.");

    /// <summary>
    /// A checkpoint is over: keeps twice what the largest of the last ones needed, and gives the rest back.
    /// </summary>
    internal void Used(long length, bool full)
    {
        if (!full)
        {
            _recent.Enqueue(length);
            if (_recent.Count > Remembered)
            {
                _recent.Dequeue();
            }
        }

        long wanted = Math.Max(WarmMin, 2 * _recent.DefaultIfEmpty(0).Max());
        long now = RandomAccess.GetLength(_file);
        if (now > 2 * wanted)
        {
            Unmap();
            if (Libc.ftruncate(_file, wanted) != 0)
            {
                throw Libc.Error("The slab cannot be cut", Libc.LastError);
            }
        }
        else if (now < wanted)
        {
            Warm(wanted);
        }
    }

    public void Dispose()
    {
        Unmap();
        _file.Dispose();
        File.Delete(Path);
    }

    private static bool IsStale(string path)
    {
        string[] parts = System.IO.Path.GetFileName(path).Split('-');
        return parts.Length == 5 && int.TryParse(parts[3], CultureInfo.InvariantCulture, out int pid)
            && !Directory.Exists($"/proc/{pid}");
    }

    private void Warm(long length)
    {
        if (Libc.fallocate(_file, 0, 0, length) != 0)
        {
            throw Libc.Error($"There is no room for a slab of {length} octets in {Folder}", Libc.LastError);
        }
    }

    private void Unmap()
    {
        if (_memory is not null)
        {
            _ = Libc.munmap((nint)_memory, (nuint)_mapped);
            _memory = null;
            _mapped = 0;
        }
    }
}
