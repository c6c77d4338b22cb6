namespace Ccr.Transport;

/// <summary>
/// Who receives the frames of a connection. The calls of one connection never overlap, and come on the thread that
/// received the octets: an implementation must not block, or it holds up every connection that this thread serves.
/// </summary>
public interface IFrameSink
{
    /// <summary>The first call, before any frame: set <see cref="FramedConnection.Tag"/> here.</summary>
    void OnOpened(FramedConnection connection)
    {
    }

    /// <summary>One whole frame: a BER element. Its octets are valid during this call only.</summary>
    void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame);

    /// <summary>All whole frames received so far have been given: now is the time to act on them together.</summary>
    void OnBatchEnd(FramedConnection connection)
    {
    }

    /// <summary>The connection has ended: the last call, exactly once.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reason">A sentence: who ended it, and why.</param>
    void OnClosed(FramedConnection connection, string reason);
}
