using System.Runtime.InteropServices;

namespace Ccr.AttackTracer;

/// <summary>ptrace(2) and waitpid(2), as far as they are used here.</summary>
internal static unsafe partial class Ptrace
{
    public const int Seize = 0x4206;
    public const int Interrupt = 0x4207;
    public const int Listen = 0x4208;
    public const int GetSyscallInfo = 0x420e;
    public const int ToNextSyscall = 24;

    public const nint OptionGoodSyscalls = 1;
    public const nint OptionFork = 2;
    public const nint OptionClone = 8;
    public const nint OptionExec = 16;

    public const int EventStop = 128;
    public const int Trap = 5;
    public const int SyscallTrap = Trap | 0x80;
    public const int WaitAll = 0x40000000;
    public const int SigKill = 9;
    public const int Interrupted = 4;

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    public static partial nint Call(nint request, int thread, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Wait(int thread, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    /// <summary>struct ptrace_syscall_info, at the entry of a system call.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 88)]
    public struct SyscallInfo
    {
        public const byte Entry = 1;

        [FieldOffset(0)]
        public byte Operation;

        [FieldOffset(24)]
        public ulong Number;

        [FieldOffset(32)]
        public ulong FirstArgument;
    }

    /// <summary>What system call a thread is entering; null when it is leaving one.</summary>
    public static SyscallInfo? Entering(int thread)
    {
        SyscallInfo info = default;
        nint size = Call(GetSyscallInfo, thread, sizeof(SyscallInfo), (nint)(&info));
        return size > 0 && info.Operation == SyscallInfo.Entry ? info : null;
    }
}
