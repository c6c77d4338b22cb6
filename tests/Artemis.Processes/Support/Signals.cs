using System.Runtime.InteropServices;

namespace Ccr.Artemis.Processes.Support;

/// <summary>kill(2).</summary>
internal static partial class Signals
{
    internal const int Interrupt = 2;
    internal const int Kill = 9;
    internal const int User1 = 10;
    internal const int Terminate = 15;

    internal static int Send(int pid, int signal) => Call(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Call(int pid, int signal);
}
