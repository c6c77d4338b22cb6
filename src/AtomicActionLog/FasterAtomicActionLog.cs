using System.Diagnostics.CodeAnalysis;
using Ccr.AtomicActionLog.Recovery;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog;

/// <summary>
/// The atomic-action log on FasterLog, with our own device and our own recovery (docs/adr/0003-log-on-faster.md).
/// FasterLog lays the entries out and writes pages; what is durable, whole and complete is decided here (SEM-18), and
/// the log stays under its limit (SEM-19). One caller at a time owns it.
/// </summary>
public sealed class FasterAtomicActionLog : IAtomicActionLog
{
    /// <summary>The witness is forced at most so often.</summary>
    internal const int WitnessIntervalMs = 100;

    private readonly LogFiles _files;
    private readonly LogOptions _options;
    private readonly LogGeometry _geometry;
    private readonly LogSpace _space;
    private readonly IDisposable _lock;
    private readonly Witness _witness;
    private readonly LogTail _tail;
    private readonly LiveRecords _live;
    private readonly BerWriter _writer = new(4096);
    private List<LogContent> _recovered;
    private long _sequence;
    private long _forcedSequence;
    private int _firstSegment;
    private string? _failure;
    private int _inUse;
    private bool _disposed;

    private FasterAtomicActionLog(
        LogOptions options, LogFiles files, IDisposable claim, LogIdentityFile identity, RecoveredLog found)
    {
        _options = options;
        _files = files;
        _lock = claim;
        _geometry = identity.Geometry;
        _space = new LogSpace(options.LimitBytes, _geometry);
        _live = found.Live;
        _recovered = found.Live.Snapshot();
        _sequence = found.LastSequence;
        _forcedSequence = found.LastSequence;
        _firstSegment = found.FirstSegment;
        Notices = found.Notices;
        Self = new ManagerIdentity(options.Node, identity.Log, found.Epoch + 1);
        WitnessSlot? last = Witness.Read(files, identity.Log);
        _witness = Witness.Open(options.Disk, files, identity.Log, options.Time, last?.Generation ?? 0);
        _tail = new LogTail(options.Disk, files, _geometry, LogCut.Apply(options.Disk, files, _geometry, found));
    }

    /// <inheritdoc/>
    public ManagerIdentity Self { get; }

    /// <summary>What an operator should know about how the log was found, in sentences.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LogContent> Recovered
    {
        get
        {
            List<LogContent> recovered = _recovered;
            _recovered = [];
            return recovered;
        }
    }

    /// <inheritdoc/>
    public bool IsFull => _space.IsFull(UsedOctets, _live.Octets);

    /// <summary>Octets that the log takes on the disk.</summary>
    public long UsedOctets => _tail.Address - _geometry.StartOf(_firstSegment);

    /// <summary>The sequence number of the last record appended.</summary>
    public long LastSequence => _sequence;

    /// <summary>
    /// Opens the log of a node, making it in an empty directory. It has been read and judged, and the next epoch is
    /// durable, when this returns.
    /// </summary>
    /// <exception cref="LogFailedException">It cannot be used; the message says why and what to do.</exception>
    public static FasterAtomicActionLog Open(LogOptions options)
    {
        options.Check();
        LogFiles files = new(options.Directory, options.Disk);
        options.Disk.Prepare(files, options);
        IDisposable claim = options.Disk.Claim(files);
        try
        {
            LogIdentityFile identity = LogDirectory.IdentityOf(files, options);
            RecoveredLog found = LogRecovery.Run(files, identity);
            if (identity.NamedFormat < LogIdentityFile.Format)
            {
                identity.Create(options.Disk, files);
            }

            return Start(new FasterAtomicActionLog(options, files, claim, identity, found));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            claim.Dispose();
            throw new LogFailedException(
                $"The log in '{files.Root}' could not be started ({failure.Message.TrimEnd('.')}): look after the "
                + "disk, then start again.",
                failure);
        }
        catch (LogFailedException)
        {
            claim.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Append(LogContent content)
    {
        Enter();
        try
        {
            if (_space.WantsCheckpoint(UsedOctets, _live.Octets))
            {
                WriteCheckpoint();
            }

            AppendRecord(content);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public void Force()
    {
        Enter();
        try
        {
            ForceRecords();
            if (_witness.Sequence < _forcedSequence
                && _options.Time.GetElapsedTime(_witness.Written).TotalMilliseconds >= WitnessIntervalMs)
            {
                WriteWitness(cleanStop: false);
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Forces what was appended and notes a clean stop, unless the log has failed; gives up the log.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            if (_failure is null)
            {
                ForceRecords();
                WriteWitness(cleanStop: true);
            }
        }
        catch (LogFailedException)
        {
            // The witness does not tell of a clean stop, so the next start will.
            _failure ??= "The last force failed.";
        }
        finally
        {
            _tail.Dispose();
            _witness.Dispose();
            _lock.Dispose();
        }
    }

    private static FasterAtomicActionLog Start(FasterAtomicActionLog log)
    {
        try
        {
            log.AppendRecord(new EpochRecord(log.Self, LogIdentityFile.Format));
            log.ForceRecords();
            log.WriteWitness(cleanStop: false);
            return log;
        }
        catch (LogFailedException)
        {
            log.Dispose();
            throw;
        }
    }

    private void AppendRecord(LogContent content)
    {
        _writer.Reset();
        new LogRecord(Self.Log, _sequence + 1, content, _sequence - _forcedSequence).Write(_writer);
        ReadOnlySpan<byte> envelope = _writer.Written;
        Invariant.Holds(envelope.Length <= _geometry.EnvelopeOctetsMax, "a log record fits a page of the log");
        int octets = LogGeometry.EntryOctets(envelope.Length);
        if (!_space.Fits(UsedOctets, octets))
        {
            Fail(
                $"The log in '{_files.Root}' has reached its limit of {_options.LimitBytes} octets, its reserve "
                + "included: start the manager again with a higher limit, then end the actions that are in doubt.");
        }

        if (!_tail.TryAppend(envelope))
        {
            Fail(_tail.Failure);
        }

        _sequence++;
        _live.Apply(content, octets);
    }

    private void ForceRecords()
    {
        if (_forcedSequence == _sequence)
        {
            return;
        }

        if (!_tail.TryForce())
        {
            Fail(_tail.Failure);
        }

        _forcedSequence = _sequence;
    }

    private void WriteCheckpoint()
    {
        int segment = _geometry.SegmentOf(_tail.Address);
        foreach (Checkpoint part in CheckpointParts.Of(_live.Snapshot(), Self, _geometry.EnvelopeOctetsMax))
        {
            AppendRecord(part);
        }

        ForceRecords();
        WriteWitness(cleanStop: false);
        try
        {
            for (; _firstSegment < segment; _firstSegment++)
            {
                _options.Disk.Remove(_files.Segment(_firstSegment));
            }

            _options.Disk.SyncDirectory(_files.Root);
        }
        catch (IOException failure)
        {
            Fail(failure.Message);
        }
    }

    private void WriteWitness(bool cleanStop)
    {
        try
        {
            _witness.Write(_forcedSequence, cleanStop);
        }
        catch (IOException failure)
        {
            Fail(failure.Message);
        }
    }

    [DoesNotReturn]
    private void Fail(string reason)
    {
        _failure ??= $"The atomic-action log has failed: {reason} What is durable is unknown, so nothing more is "
            + "written. Look after the disk, then start the manager again: it recovers from what is there.";
        throw new LogFailedException(_failure);
    }

    private void Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Invariant.Holds(Interlocked.Exchange(ref _inUse, 1) == 0, "the log has one owner at a time");
        if (_failure is not null)
        {
            Leave();
            throw new LogFailedException(_failure);
        }
    }

    private void Leave() => Volatile.Write(ref _inUse, 0);
}
