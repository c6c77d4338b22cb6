using System.Globalization;

namespace Ccr.Artemis;

/// <summary>
/// The signal that tells a jacket to look at its socket. A program without a jacket would be ended by it: the group's
/// program may have executed another one, and it is not sent there.
/// </summary>
internal static class JacketSignal
{
    private const ulong Bit = 1ul << (WireWords.JacketSignal - 1);

    /// <summary>Sends it; false: there is no such process, or it would be its end.</summary>
    internal static bool Send(int pid) => IsTakenBy(pid) && Libc.kill(pid, WireWords.JacketSignal) == 0;

    /// <summary>Whether the process catches the signal, or blocks it on its way to a handler.</summary>
    private static bool IsTakenBy(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status")
                .Where(line => line.StartsWith("SigCgt:", StringComparison.Ordinal)
                    || line.StartsWith("SigBlk:", StringComparison.Ordinal))
                .Any(line => (ulong.Parse(line.AsSpan(7), NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite,
                    CultureInfo.InvariantCulture) & Bit) != 0);
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }
}
