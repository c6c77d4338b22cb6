using FASTER.core;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// FasterLog's device: writes at once, in the caller's thread. It makes nothing durable by itself, the log's owner
/// calls <see cref="Force"/> after each commit: one fdatasync, however many pages. After a failure it writes no more
/// (a second fdatasync would report success for pages that the kernel has thrown away).
/// </summary>
internal sealed unsafe class SegmentDevice : StorageDeviceBase
{
    private const uint Refused = 1;
    private readonly IDisk _disk;
    private readonly LogFiles _files;
    private IDiskFile? _open;
    private int _openSegment = -1;
    private bool _unforced;
    private bool _newNames;

    internal SegmentDevice(IDisk disk, LogFiles files)
        : base(Path.Combine(files.Root, "records"), LogGeometry.SectorOctets, Devices.CAPACITY_UNSPECIFIED)
    {
        _disk = disk;
        _files = files;
    }

    /// <summary>Why this device writes no more, or null.</summary>
    internal string? Failure { get; private set; }

    /// <inheritdoc/>
    public override void WriteAsync(
        IntPtr sourceAddress,
        int segmentId,
        ulong destinationAddress,
        uint numBytesToWrite,
        DeviceIOCompletionCallback callback,
        object context)
    {
        try
        {
            if (Failure is null)
            {
                ReadOnlySpan<byte> octets = new((byte*)sourceAddress, (int)numBytesToWrite);
                Write(octets, segmentId, (long)destinationAddress);
            }
        }
        catch (IOException failure)
        {
            Failure = failure.Message;
        }

        callback(Failure is null ? 0 : Refused, Failure is null ? numBytesToWrite : 0, context);
    }

    /// <summary>Recovery reads the segments itself, so FasterLog has nothing to read.</summary>
    public override void ReadAsync(
        int segmentId,
        ulong sourceAddress,
        IntPtr destinationAddress,
        uint readLength,
        DeviceIOCompletionCallback callback,
        object context) => callback(Refused, 0, context);

    /// <summary>Segments are removed by the log's owner, never by FasterLog's own threads.</summary>
    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) =>
        callback(result);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _open?.Dispose();
        _open = null;
    }

    /// <summary>Makes all that was written durable, or sets <see cref="Failure"/>.</summary>
    internal void Force()
    {
        try
        {
            if (Failure is null)
            {
                ForceUnchecked();
            }
        }
        catch (IOException failure)
        {
            Failure = failure.Message;
        }
    }

    /// <summary>Notes a failure of the log's other files, so that nothing is written any more.</summary>
    internal void Fail(string reason) => Failure ??= reason;

    private void Write(ReadOnlySpan<byte> octets, int segment, long offset)
    {
        // A page is durable before the next is begun, so that a stop of the machine leaves no hole between pages.
        ForceUnchecked();
        if (segment != _openSegment)
        {
            _open?.Dispose();
            _open = null;
            string path = _files.Segment(segment);
            _newNames |= !_disk.Exists(path);
            _open = _disk.Open(path);
            _openSegment = segment;
        }

        _unforced = true;
        _open!.Write(octets, offset);
    }

    private void ForceUnchecked()
    {
        if (_unforced)
        {
            _open!.Sync();
            _unforced = false;
        }

        if (_newNames)
        {
            _disk.SyncDirectory(_files.Root);
            _newNames = false;
        }
    }
}
