using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Transport;

namespace Ccr.LocationServer.Tests.Support;

/// <summary>A peer that accepts and says nothing, or what a test lets it say.</summary>
internal sealed class SilentPeer : IFrameSink, IAsyncDisposable
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FrameListener _listener;
    private readonly Func<LookUp, LocationMessage>? _answer;

    public SilentPeer(Func<LookUp, LocationMessage>? answer = null)
    {
        _answer = answer;
        _listener = FrameListener.Start("tcp:127.0.0.1:0", this);
    }

    public string Address => _listener.Address["tcp:".Length..];

    /// <summary>Ends with the first question.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Ends when the first connection does.</summary>
    public Task Closed => _closed.Task;

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        LookUp asked = (LookUp)LocationMessage.Decode(frame, out BerStatus _)!;
        if (_answer is not null)
        {
            connection.Send(_answer(asked));
            connection.Flush();
        }

        _asked.TrySetResult();
    }

    public void OnClosed(FramedConnection connection, string reason) => _closed.TrySetResult();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
