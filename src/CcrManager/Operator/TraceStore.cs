using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Operator;

/// <summary>
/// What this node recorded of its actions, for sequence charts: two files that are filled in turn, so that they never
/// need more than their limit. One write a turn of a lane; never forced, so it survives a killed process and not a
/// killed machine. Each entry is a trace-reply frame of CCR-Link. A disk that fails turns tracing off, nothing else.
/// </summary>
internal sealed class TraceStore : IDisposable
{
    private readonly NodeName _self;
    private readonly long _octetsMax;
    private readonly ILogger _logger;
    private readonly BerWriter _writer = new();
    private readonly Lock _lock = new();
    private readonly string[] _paths;
    private FileStream? _file;
    private int _current;

    /// <summary>A store in a folder; without a folder it keeps nothing.</summary>
    public TraceStore(string? directory, NodeName self, long octetsMax, ILogger logger)
    {
        _self = self;
        _octetsMax = octetsMax / 2;
        _logger = logger;
        _paths = directory is null ? [] : [Path.Combine(directory, "trace.0"), Path.Combine(directory, "trace.1")];
        if (directory is not null)
        {
            Open(directory);
        }
    }

    /// <summary>Records what left a lane in one turn.</summary>
    /// <param name="traced">What left in one turn of a lane.</param>
    /// <param name="at">
    /// When that turn began: then an effect at another node, whose turn began after ours was flushed, is never earlier
    /// than its cause.
    /// </param>
    public void Write(IReadOnlyList<Traced> traced, DateTimeOffset at)
    {
        if (_file is null)
        {
            return;
        }

        long nowUs = at.Ticks / TimeSpan.TicksPerMicrosecond - UnixEpochUs;
        TraceEvent[] events = new TraceEvent[traced.Count];
        for (int i = 0; i < events.Length; i++)
        {
            Traced one = traced[i];
            events[i] = new TraceEvent(one.Action, nowUs, _self, one.From, one.To, one.What);
        }

        lock (_lock)
        {
            Append(new TraceReply(0, events));
        }
    }

    /// <summary>What was recorded of an action, oldest first, up to the limit of one reply.</summary>
    public IReadOnlyList<TraceEvent> Read(AtomicActionId action)
    {
        List<TraceEvent> found = [];
        foreach (byte[] octets in ReadFiles())
        {
            Search(octets, action, found);
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private static long UnixEpochUs => DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond;

    private void Open(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            _current = File.GetLastWriteTimeUtc(_paths[1]) > File.GetLastWriteTimeUtc(_paths[0]) ? 1 : 0;
            _file = OpenFile(FileMode.OpenOrCreate);
            byte[] octets = new byte[_file.Length];
            _file.ReadExactly(octets);
            _file.SetLength(WholeFrames(octets));
            _file.Seek(0, SeekOrigin.End);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Off(failure);
        }
    }

    private FileStream OpenFile(FileMode mode) =>
        new(_paths[_current], mode, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>A process that was killed in the middle of a write leaves part of a frame: it is cut off.</summary>
    private static int WholeFrames(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        while (at < octets.Length && BerFrame.Measure(octets[at..], out int length) == BerError.None
            && length > 0 && length <= octets.Length - at)
        {
            at += length;
        }

        return at;
    }

    private void Append(TraceReply entry)
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            _writer.Reset();
            entry.Write(_writer);
            if (_file.Position + _writer.Length > _octetsMax)
            {
                _file.Dispose();
                _current = 1 - _current;
                _file = OpenFile(FileMode.Create);
            }

            _file.Write(_writer.Written);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Off(failure);
        }
    }

    private void Off(Exception failure)
    {
        ManagerLog.TraceOff(_logger, failure.Message);
        _file?.Dispose();
        _file = null;
    }

    /// <summary>The older file first.</summary>
    private List<byte[]> ReadFiles()
    {
        List<byte[]> files = [];
        lock (_lock)
        {
            foreach (int index in _paths.Length == 0 ? [] : new[] { 1 - _current, _current })
            {
                if (File.Exists(_paths[index]))
                {
                    using FileStream file = new(
                        _paths[index], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
                    byte[] octets = new byte[file.Length];
                    files.Add(octets[..file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false)]);
                }
            }
        }

        return files;
    }

    private static void Search(ReadOnlySpan<byte> octets, AtomicActionId action, List<TraceEvent> found)
    {
        ReadOnlySpan<byte> suffix = action.Suffix.Octets; // empty for form 2, and then every frame is looked at
        while (BerFrame.Measure(octets, out int length) == BerError.None && length > 0 && length <= octets.Length)
        {
            ReadOnlySpan<byte> frame = octets[..length];
            octets = octets[length..];
            if (frame.IndexOf(suffix) < 0 || LinkMessage.Decode(frame, out _) is not TraceReply entry)
            {
                continue;
            }

            foreach (TraceEvent one in entry.Events)
            {
                if (one.Action.Equals(action) && found.Count < ManagerLimits.TraceEventsPerReplyMax)
                {
                    found.Add(one);
                }
            }
        }
    }
}
