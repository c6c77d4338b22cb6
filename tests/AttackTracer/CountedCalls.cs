using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Ccr.AttackTracer;

/// <summary>
/// The system calls that count: those by which a process leaves something behind it, on a disk or at another process.
/// </summary>
internal static partial class CountedCalls
{
    private static readonly FrozenDictionary<ulong, (string Name, bool HasFile)> ByNumber =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64() : X64();

    /// <summary>What a call is, "pwrite64 /path"; null when it does not count.</summary>
    public static string? Describe(int process, Ptrace.SyscallInfo call)
    {
        if (!ByNumber.TryGetValue(call.Number, out (string Name, bool HasFile) known))
        {
            return null;
        }

        if (!known.HasFile)
        {
            return known.Name;
        }

        string target = Target(process, (int)call.FirstArgument);
        return target.Length > 0 ? $"{known.Name} {target}" : null;
    }

    /// <summary>The file or socket; empty for pipes, terminals and the runtime's own memory files.</summary>
    private static string Target(int process, int file)
    {
        string link = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd/{file}");
        string target = File.ResolveLinkTarget(link, false)?.ToString() ?? "";
        if (target.Contains("socket:", StringComparison.Ordinal))
        {
            return "socket";
        }

        // Trace events are for people; the runtime's files are its own affair.
        bool isData = target.StartsWith('/') && !target.Contains("pipe:", StringComparison.Ordinal)
            && !target.Contains("anon_inode:", StringComparison.Ordinal)
            && !target.Contains("memfd:", StringComparison.Ordinal)
            && !target.Contains("/trace/", StringComparison.Ordinal)
            && !target.StartsWith("/dev/", StringComparison.Ordinal)
            && !target.StartsWith("/proc/", StringComparison.Ordinal)
            && !target.StartsWith("/tmp/", StringComparison.Ordinal);
        return isData ? OfOneRun().Replace(target, "*") : "";
    }

    /// <summary>What another run names otherwise: a branch in an image's name, a process in a draft's.</summary>
    [GeneratedRegex(@"[0-9a-f]{32}|(?<=\.probe-)\d+|\d+(?=\.new$)")]
    private static partial Regex OfOneRun();

    private static FrozenDictionary<ulong, (string Name, bool HasFile)> X64() => Table(
        (1, "write", true), (18, "pwrite64", true), (20, "writev", true), (296, "pwritev", true),
        (328, "pwritev2", true), (44, "sendto", true), (46, "sendmsg", true), (307, "sendmmsg", true),
        (74, "fsync", true), (75, "fdatasync", true), (77, "ftruncate", true), (285, "fallocate", true),
        (82, "rename", false), (264, "renameat", false), (316, "renameat2", false),
        (87, "unlink", false), (263, "unlinkat", false), (86, "link", false), (265, "linkat", false));

    private static FrozenDictionary<ulong, (string Name, bool HasFile)> Arm64() => Table(
        (64, "write", true), (68, "pwrite64", true), (66, "writev", true), (70, "pwritev", true),
        (287, "pwritev2", true), (206, "sendto", true), (211, "sendmsg", true), (269, "sendmmsg", true),
        (82, "fsync", true), (83, "fdatasync", true), (46, "ftruncate", true), (47, "fallocate", true),
        (38, "renameat", false), (276, "renameat2", false), (35, "unlinkat", false), (37, "linkat", false));

    private static FrozenDictionary<ulong, (string Name, bool HasFile)> Table(
        params (ulong Number, string Name, bool HasFile)[] rows) =>
        rows.ToFrozenDictionary(row => row.Number, row => (row.Name, row.HasFile));
}
