using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Lanes;

/// <summary>Which records of a lane wait for a force: kept only while a failpoint is set.</summary>
internal sealed class ForcedRecords(Failpoints failpoints)
{
    private readonly Queue<(long Position, LogContent Content)> _waiting = new();

    /// <summary>A record got this position; the log does not have it yet.</summary>
    public void Appended(long position, LogContent content)
    {
        failpoints.BeforeForce(content);
        _waiting.Enqueue((position, content));
    }

    /// <summary>Everything up to this position is forced, and nothing that waited for it has left.</summary>
    public void Forced(long position)
    {
        while (_waiting.TryPeek(out (long Position, LogContent Content) first) && first.Position <= position)
        {
            failpoints.AfterForce(_waiting.Dequeue().Content);
        }
    }
}
