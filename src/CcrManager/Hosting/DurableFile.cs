using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ccr.CcrManager;

/// <summary>
/// Small files that must be there after a crash. .NET's own flush reports success when fsync fails, so libc is called
/// and its return value alone decides.
/// </summary>
internal static partial class DurableFile
{
    private const int OpenReadOnly = 0;

    /// <summary>
    /// Replaces a file's content whole and durably: afterwards it is the new one, or an exception tells.
    /// </summary>
    /// <exception cref="IOException">It could not be written or forced; the old content may still stand.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string fresh = path + ".new";
        using (FileStream file = new(fresh, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            Force(file.SafeFileHandle, fresh);
        }

        File.Move(fresh, path, overwrite: true);
        ForceDirectory(Path.GetDirectoryName(path)!);
    }

    private static void Force(SafeFileHandle handle, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(handle);
        }
        else if (FSync(handle) != 0)
        {
            throw new IOException($"{path} could not be forced to disk: see that the disk is well and not full.");
        }
    }

    private static void ForceDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(directory, OpenReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"The folder {directory} could not be opened to force it to disk.");
        }

        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        Force(handle, directory);
    }

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
