using Ccr.AtomicActionLog;
using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;

namespace Ccr.CcrManager;

/// <summary>
/// Connects the lanes with the log's one thread. That thread runs the lane's turn itself when the lane is idle: what
/// waited for the force leaves at once, with no other thread to be woken.
/// </summary>
internal sealed class LogFeed : ILaneLog, IDisposable
{
    private readonly IAtomicActionLog _log;
    private readonly LogWriter _writer;

    public LogFeed(IAtomicActionLog log, LaneSet lanes, ManagerFailure failure)
    {
        _log = log;
        _writer = new LogWriter(
            log,
            lanes.Count,
            (lane, position) => lanes[lane].Post(new LogForced(position)),
            reason =>
            {
                lanes.PostAll(new LogFailed(reason));
                failure.LogFailed(reason);
            });
    }

    /// <summary>True while new actions are to be refused (SEM-19).</summary>
    public bool IsFull => _writer.IsFull;

    /// <summary>How often the log's device was flushed for records.</summary>
    public long Forces => _writer.Forces;

    /// <inheritdoc/>
    public void Hand(int lane, IReadOnlyList<(LogContent Content, bool Forced)> records) => _writer.Hand(lane, records);

    /// <summary>Appends and forces what was handed over, and closes the log cleanly.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _log.Dispose();
    }
}
