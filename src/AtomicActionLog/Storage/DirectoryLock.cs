using System.Globalization;
using System.Text;
using Ccr.AtomicActions.Contract;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// The claim of one manager on one log, held by the operating system: an exclusive flock and a lock of the open file
/// description on the same file, for either alone may be granted beside the other.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private int _file;

    private DirectoryLock(int file) => _file = file;

    /// <summary>Takes both locks.</summary>
    /// <exception cref="LogFailedException">Another process holds it, or the file cannot be opened.</exception>
    internal static DirectoryLock Take(LogFiles files)
    {
        int file;
        do
        {
            file = Libc.Open(files.Lock, Libc.ReadWrite | Libc.Create | Libc.CloseOnExec, Libc.OwnerOnly);
        }
        while (file < 0 && Libc.Interrupted);
        if (file < 0)
        {
            throw new LogFailedException(
                $"The log directory '{files.Root}' cannot be written ({Libc.LastErrorText()}): name another directory, "
                + "or give this user the right to write there.");
        }

        DirectoryLock claim = new(file);
        if (!TryLock(file) || !Libc.TryLockDescription(file))
        {
            string why = Libc.LastErrorText();
            bool held = Libc.IsHeldByAnother;
            string holder = claim.Holder();
            claim.Dispose();
            throw !held ? new LogFailedException(
                $"'{files.Lock}' cannot be locked ({why}), so that two managers could use one log: put the log's "
                + "directory on a disk that knows locks, or look after that disk.") : new LogFailedException(
                $"The log in '{files.Root}' is already in use by {holder}: stop that manager first, or use "
                + "another directory. Two managers on one log would destroy it.");
        }

        claim.WriteHolder();
        return claim;
    }

    public void Dispose()
    {
        if (_file >= 0)
        {
            // In words, not only by closing: a process that this one is just starting holds the description too.
            _ = Libc.Lock(_file, Libc.Unlock);
            _ = Libc.TryUnlockDescription(_file);
            _ = Libc.Close(_file);
            _file = -1;
        }
    }

    private static bool TryLock(int file)
    {
        int result;
        do
        {
            result = Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking);
        }
        while (result != 0 && Libc.Interrupted);
        return result == 0;
    }

    private unsafe string Holder()
    {
        byte* octets = stackalloc byte[16];
        int count = (int)Libc.ReadAt(_file, octets, 16, 0);
        string pid = count <= 0 ? "" : Encoding.ASCII.GetString(octets, count).Trim();
        return pid.Length == 0 ? "another process" : $"process {pid}";
    }

    // For people only: who holds the locks. A failure here changes nothing.
    private unsafe void WriteHolder()
    {
        byte[] pid = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        fixed (byte* start = pid)
        {
            _ = Libc.Truncate(_file, 0);
            _ = Libc.WriteAt(_file, start, pid.Length, 0);
        }
    }
}
