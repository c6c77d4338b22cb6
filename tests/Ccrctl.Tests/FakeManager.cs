using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.Ccrctl.Tests;

/// <summary>A manager's socket whose answers a test decides.</summary>
internal sealed class FakeManager : IFrameSink, IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ccrctl-");
    private readonly Func<SessionMessage, SessionMessage?> _answer;
    private readonly FrameListener _listener;

    /// <param name="answer">The answer to each request; null: the connection is closed without one.</param>
    public FakeManager(Func<SessionMessage, SessionMessage?> answer)
    {
        _answer = answer;
        NodeLayout layout = new(_folder.FullName);
        _listener = FrameListener.Start("unix:" + layout.ManagerSocket, this);
    }

    public static ManagerIdentity Identity { get; } = new(NodeName.Parse("tokyo"), new LogIdentity(7), 3);

    public string Folder => _folder.FullName;

    /// <summary>What was asked, hellos left out.</summary>
    public ConcurrentQueue<SessionMessage> Asked { get; } = new();

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        SessionMessage message = SessionMessage.Decode(frame, out BerStatus _)!;
        SessionMessage? answer = new Welcome(1, Identity);
        if (message is not Hello)
        {
            Asked.Enqueue(message);
            answer = _answer(message);
        }

        if (answer is null)
        {
            connection.Close("This manager was killed.");
            return;
        }

        connection.Send(answer);
        connection.Flush();
    }

    public void OnClosed(FramedConnection connection, string reason)
    {
        // The client goes when it has its answer.
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
