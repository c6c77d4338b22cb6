using System.Net.Sockets;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>
/// The session that the Location Server keeps with its node's CCR Manager: it answers where Servers are and learns who
/// the peers are. While there is no manager, it tries again and all else goes on.
/// </summary>
internal sealed class ManagerSession(
    NodeName node, string managerSocket, string ownAddress, LookUps lookUps, PeerSet peers, PeerDialer dialer,
    TimeProvider time, ILogger log) : IFrameSink
{
    private const int SessionVersion = 1;
    private static readonly TimeSpan PauseAfterEnd = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                Session session = await dialer.ToManagerAsync(OpenAsync, stopping).ConfigureAwait(false);
                log.LogDebug("The session with the CCR Manager of {Node} is open.", node);
                await using CancellationTokenRegistration registration = stopping.UnsafeRegister(
                    static open => ((FramedConnection)open!).Close("The Location Server stops."), session.Connection);
                await session.Connection.Ended.ConfigureAwait(false);
                log.LogDebug("The session with the CCR Manager of {Node} ended: {Why}", node, session.EndReason);
                await Task.Delay(PauseAfterEnd, time, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            log.LogDebug("No session with the CCR Manager any more: the Location Server stops.");
        }
    }

    public void OnOpened(FramedConnection connection) => ((Session)connection.Tag!).Connection = connection;

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        Session session = (Session)connection.Tag!;
        SessionMessage? message = SessionMessage.Decode(frame, out BerStatus status);
        string? wrong = message is null
            ? $"The frame is not understood ({status.Error} at octet {status.Position})."
            : Serve(session, message);
        if (wrong is not null)
        {
            log.LogWarning("The session with the CCR Manager of {Node} is ended: {Wrong}", node, wrong);
            connection.Close(wrong);
        }
    }

    public void OnBatchEnd(FramedConnection connection) => connection.Flush();

    public void OnClosed(FramedConnection connection, string reason)
    {
        Session session = (Session)connection.Tag!;
        session.EndReason = reason;
        session.Welcomed.TrySetException(new IOException(reason));
    }

    private async ValueTask<Session> OpenAsync(CancellationToken cancel)
    {
        Socket socket = await FrameDialer.ConnectAsync("unix:" + managerSocket, cancel).ConfigureAwait(false);
        Session session = new();
        FramedConnection connection = FramedConnection.Start(
            socket, this, new FramedConnectionOptions { Tag = session });
        try
        {
            connection.Send(new Hello(SessionVersion, SessionRole.Location, "ccr-location", ownAddress));
            connection.Flush();
            await session.Welcomed.Task.WaitAsync(cancel).ConfigureAwait(false);
            return session;
        }
        catch
        {
            connection.Close("The CCR Manager did not welcome this Location Server.");
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private string? Serve(Session session, SessionMessage message)
    {
        switch (message)
        {
            case Welcome welcome when welcome.Identity.Node != node:
                return $"It is the manager of {welcome.Identity.Node}: give each node a data directory of its own.";
            case Welcome:
                session.Welcomed.TrySetResult();
                return null;
            case RequestRefused { Reference: 0 } refused:
                return refused.Refusal.Text;
            case RequestRefused refused:
                log.LogWarning("The CCR Manager refuses: {Why}", refused.Refusal.Text);
                return null;
            case Locate asked:
                _ = LocateAsync(session.Connection, asked);
                return null;
            case Protocol.Messages.Peers known:
                peers.Announced(known.Nodes);
                return null;
            default:
                return $"{message.GetType().Name} is no message for a Location Server.";
        }
    }

    private async Task LocateAsync(FramedConnection connection, Locate asked)
    {
        LocationAnswer answer = await lookUps.FindAsync(asked.Server, asked.Fresh).ConfigureAwait(false);
        LocatedAt? at = answer.Place is { } place
            ? new LocatedAt(place.Node, place.Kind, place.Incarnation, place.Addresses)
            : null;
        connection.Send(new Located(asked.Reference, asked.Server, at, answer.Refusal));
        connection.Flush();
    }

    private sealed class Session
    {
        public FramedConnection Connection { get; set; } = null!;

        public TaskCompletionSource Welcomed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string EndReason { get; set; } = "";
    }
}
