using System.Runtime.InteropServices;

namespace Ccr.Resources.Files.Os;

/// <summary>A force that failed: whether the octets are durable is unknown, and stays so.</summary>
internal sealed class ForceFailedException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>A call of the operating system that failed, as an exception whose message is a sentence.</summary>
internal static class OsError
{
    /// <summary>"WHAT: no space left on device (error 28)."</summary>
    internal static IOException Make(string what, int error) =>
        new($"{what}: {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error);

    /// <summary>True when the disk, or the user's share of it, is full.</summary>
    internal static bool IsFull(int error) => error is Libc.ENOSPC or Libc.EDQUOT;

    /// <summary>Throws when a call did not return 0. The decision rests on the returned value alone.</summary>
    internal static void Check(int returned, string what)
    {
        if (returned != 0)
        {
            throw Make(what, Libc.LastError);
        }
    }
}
