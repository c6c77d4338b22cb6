using FASTER.core;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// FasterLog at the growing end of the log. Only the log's owner calls it, and with our device everything happens in
/// that thread: enqueuing from several threads while one commits was measured to hang.
/// </summary>
internal sealed class LogTail : IDisposable
{
    private const int PagesInMemory = 4;
    private const int TurnsMax = 1_000_000;
    private readonly SegmentDevice _device;
    private readonly FasterLog _log;

    /// <summary>Goes on at an address where a sector begins, with nothing behind it.</summary>
    internal LogTail(IDisk disk, LogFiles files, LogGeometry geometry, long address)
    {
        _device = new SegmentDevice(disk, files);
        FasterLogSettings settings = new()
        {
            LogDevice = _device,
            LogCommitManager = new NoCommitFiles(),
            PageSize = geometry.PageOctets,
            SegmentSize = geometry.SegmentOctets,
            MemorySize = (long)geometry.PageOctets * PagesInMemory,
            LogChecksum = LogChecksumType.None,
            TryRecoverLatest = false,
        };
        _log = new FasterLog(settings);
        if (address != LogGeometry.FirstAddress)
        {
            _log.Initialize(address, address);
        }
    }

    /// <summary>Where the next entry will begin, or the next page.</summary>
    internal long Address => _log.TailAddress;

    /// <summary>Why the tail is broken.</summary>
    internal string Failure => _device.Failure ?? "FasterLog did not write what it was given.";

    /// <summary>Puts an envelope behind the others; false when the log is broken.</summary>
    internal bool TryAppend(ReadOnlySpan<byte> envelope)
    {
        try
        {
            for (int turn = 0; _device.Failure is null && turn < TurnsMax; turn++)
            {
                if (_log.TryEnqueue(envelope, out _))
                {
                    return _device.Failure is null;
                }

                Thread.Yield();
            }
        }
        catch (CommitFailureException failure)
        {
            _device.Fail(failure.Message);
        }

        return false;
    }

    /// <summary>Writes all that was appended and makes it durable; false when the log is broken.</summary>
    internal bool TryForce()
    {
        try
        {
            long end = _log.TailAddress;
            _log.Commit();
            for (int turn = 0; _log.FlushedUntilAddress < end; turn++)
            {
                if (_device.Failure is not null || turn == TurnsMax)
                {
                    return false;
                }

                Thread.Yield();
            }

            _device.Force();
        }
        catch (CommitFailureException failure)
        {
            _device.Fail(failure.Message);
        }

        return _device.Failure is null;
    }

    public void Dispose()
    {
        _log.Dispose();
        _device.Dispose();
    }
}
