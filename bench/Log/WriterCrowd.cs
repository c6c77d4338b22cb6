using System.Diagnostics;
using Ccr.AtomicActionLog;
using Ccr.Protocol.Messages;

namespace Ccr.Bench.Log;

/// <summary>
/// Writers that each have one forced record under way: the next is handed over when the last is durable. One thread
/// plays them all, as a lane of the manager plays many actions.
/// </summary>
internal sealed class WriterCrowd : IDisposable
{
    private readonly LogWriter _writer;
    private readonly (LogContent, bool)[] _record;
    private readonly object _gate = new();
    private readonly int _writers;
    private List<int> _ready = [];
    private List<int> _turn = [];
    private string? _failure;

    internal WriterCrowd(FasterAtomicActionLog log, int writers, LogContent record)
    {
        _writers = writers;
        _record = [(record, true)];
        _writer = new LogWriter(log, writers, Forced, Failed);
    }

    /// <summary>Nanoseconds for each of so many records of every writer.</summary>
    internal double NanosecondsEach(int recordsPerWriter)
    {
        long all = (long)recordsPerWriter * _writers;
        long handed = 0;
        long durable = 0;
        long start = Stopwatch.GetTimestamp();
        for (int writer = 0; writer < _writers; writer++, handed++)
        {
            _writer.Hand(writer, _record.AsSpan());
        }

        while (durable < all)
        {
            foreach (int writer in TakeReady())
            {
                durable++;
                if (handed < all)
                {
                    handed++;
                    _writer.Hand(writer, _record.AsSpan());
                }
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / all;
    }

    public void Dispose() => _writer.Dispose();

    private List<int> TakeReady()
    {
        lock (_gate)
        {
            while (_ready.Count == 0)
            {
                if (_failure is not null)
                {
                    throw new InvalidOperationException(_failure);
                }

                Monitor.Wait(_gate);
            }

            _turn.Clear();
            (_ready, _turn) = (_turn, _ready);
            return _turn;
        }
    }

    private void Forced(int lane, long position)
    {
        lock (_gate)
        {
            _ready.Add(lane);
            Monitor.Pulse(_gate);
        }
    }

    private void Failed(string reason)
    {
        lock (_gate)
        {
            _failure = reason;
            Monitor.Pulse(_gate);
        }
    }
}
