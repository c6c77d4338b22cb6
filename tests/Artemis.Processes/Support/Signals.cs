using System.Runtime.InteropServices;

namespace Ccr.Artemis.Processes.Support;

/// <summary>kill(2).</summary>
internal static partial class Signals
{
    internal const int User1 = 10;

    internal static int Send(int pid, int signal) => Kill(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
