using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Ccr.CcrManager;

/// <summary>
/// What becomes of the process whose manager cannot go on: the host is asked to stop, and only a process that was told
/// so ends at once (SEM-17).
/// </summary>
internal static partial class FailureEnd
{
    public static void End(CcrManagerOptions options, IHostApplicationLifetime lifetime, string reason, int exitCode)
    {
        if (!options.ExitOnFailure)
        {
            lifetime.StopApplication();
            return;
        }

        // Said by hand: the log for people may be written by a thread that will not run again.
        Console.Error.WriteLine(reason);
        Console.Error.Flush();
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode);
        }

        ExitNow(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
