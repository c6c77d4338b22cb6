using System.Buffers;
using System.Diagnostics;

namespace Ccr.Histories;

/// <summary>
/// Writes what clients ask and are told, in one order for all of them. A line is with the operating system before
/// <see cref="Invoke"/> returns, so a kill of this process leaves no effect without the line that asked for it.
/// </summary>
public sealed class HistoryRecorder : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly FileStream _file;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _index;

    /// <param name="path">The file; an older one is replaced.</param>
    public HistoryRecorder(string path) =>
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>How many lines there are.</summary>
    public long Count => Volatile.Read(ref _index);

    /// <summary>The client is about to ask.</summary>
    public void Invoke(int process, Operation operation) => Add(process, EventType.Invoke, operation, null, null);

    /// <summary>The client was told.</summary>
    public void Complete(
        int process, EventType type, Operation operation, string? action = null, string? error = null) =>
        Add(process, type, operation, action, error);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Add(int process, EventType type, Operation operation, string? action, string? error)
    {
        lock (_lock)
        {
            long timeNs = Stopwatch.GetElapsedTime(_started).Ticks * 100;
            _line.ResetWrittenCount();
            HistoryEvent e = new(process, _index, timeNs, type, operation) { Action = action, Error = error };
            HistoryJson.Write(_line, e);
            _line.Write("\n"u8);
            _file.Write(_line.WrittenSpan);
            Volatile.Write(ref _index, _index + 1);
        }
    }
}
