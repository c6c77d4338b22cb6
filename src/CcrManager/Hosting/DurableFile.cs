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
    /// <param name="path">The file.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="mode">Who may do what with it; null: what the process' mask says.</param>
    /// <exception cref="IOException">It could not be written or forced; the old content may still stand.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        string fresh = path + ".new";
        FileStreamOptions options = new()
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (FileStream file = new(fresh, options))
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
