using System.Runtime.InteropServices;
using Ccr.Resources.Files.Os;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Tests.Support;

/// <summary>This assembly run by itself: the process to be killed, or another program that locks.</summary>
internal static partial class ChildProgram
{
    private const int F_SETLK = 6;

    internal static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["crash", string root, string state, string point, string nth, string onePhase]:
                await CrashScenario.RunAndDieAsync(
                    root, state, Enum.Parse<Store.FaultPoint>(point), int.Parse(nth), bool.Parse(onePhase));
                return 0;
            case ["lock", string kind, string mode, string path]:
                return Lock(kind, mode == "exclusive", path);
            default:
                return 64;
        }
    }

    /// <summary>Says "locked" and holds the lock until its input ends, or says "busy".</summary>
    private static int Lock(string kind, bool exclusive, string path)
    {
        Libc.Bind();
        SafeFileHandle file = Disk.Own(Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDWR | Libc.O_CLOEXEC, 0));
        Console.WriteLine(TryLock(kind, exclusive, file) ? "locked" : "busy");
        Console.In.ReadToEnd();
        file.Dispose();
        return 0;
    }

    private static bool TryLock(string kind, bool exclusive, SafeFileHandle file)
    {
        if (kind == "flock")
        {
            return Libc.flock(file, (exclusive ? Libc.LOCK_EX : Libc.LOCK_SH) | Libc.LOCK_NB) == 0;
        }

        // A lock of the process, as older programs take it.
        Libc.FlockRange range = new() { Type = exclusive ? Libc.F_WRLCK : Libc.F_RDLCK };
        return Libc.fcntl(file, F_SETLK, ref range) == 0;
    }

    [LibraryImport("libc")]
    internal static partial int kill(int process, int signal);
}
