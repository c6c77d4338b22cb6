using Ccr.Resources.Files.Os;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Redo;

/// <summary>
/// Forces one folder for many: whoever asks while a force is under way waits for the next one, which serves all who
/// asked by then. A failed force is never tried again, because the kernel may have dropped what it could not write.
/// </summary>
internal sealed class FolderForce(SafeFileHandle folder, string name)
{
    private readonly object _gate = new();
    private long _asked;
    private long _forced;
    private bool _running;
    private IOException? _failure;

    /// <summary>Forces so far, for tests and figures.</summary>
    internal long Count { get; private set; }

    /// <summary>Returns when every change of names made before the call is durable.</summary>
    internal void Force()
    {
        long upTo;
        lock (_gate)
        {
            long mine = ++_asked;
            while (_running && _forced < mine)
            {
                Monitor.Wait(_gate);
            }

            ThrowIfFailed();
            if (_forced >= mine)
            {
                return;
            }

            _running = true;
            upTo = _asked;
            Count++;
        }

        IOException? failure = null;
        try
        {
            Disk.ForceFolder(folder, name);
        }
        catch (IOException failed)
        {
            failure = failed;
        }

        lock (_gate)
        {
            _running = false;
            _failure = failure;
            _forced = failure is null ? upTo : _forced;
            Monitor.PulseAll(_gate);
            ThrowIfFailed();
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new ForceFailedException(_failure.Message, _failure);
        }
    }
}
