using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>
/// What the Location Server answers on its sockets. Whoever sends something else than a request loses that connection;
/// nobody else notices.
/// </summary>
internal abstract class LocationSink(ILogger log) : IFrameSink
{
    /// <summary>The log of the service.</summary>
    protected ILogger Log { get; } = log;

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        LocationMessage? message = LocationMessage.Decode(frame, out BerStatus status);
        string? wrong = message is null
            ? $"The frame is not understood ({status.Error} at octet {status.Position})."
            : Serve(connection, message);
        if (wrong is not null)
        {
            Log.LogWarning("{Who} breaks the protocol: {Wrong}", connection.Description, wrong);
            connection.Close(wrong);
        }
    }

    public void OnBatchEnd(FramedConnection connection) => connection.Flush();

    public void OnClosed(FramedConnection connection, string reason) =>
        Log.LogDebug("{Who} is gone: {Reason}", connection.Description, reason);

    /// <summary>Answers one message; a sentence when it is none that may be sent to us.</summary>
    protected abstract string? Serve(FramedConnection connection, LocationMessage message);

    /// <summary>Says how a look-up ended.</summary>
    protected static void Tell(FramedConnection connection, long reference, LocationAnswer answer)
    {
        if (answer.Place is { } place)
        {
            connection.Send(new PlaceFound(reference, place, answer.Cached));
        }
        else
        {
            connection.Send(new LocationRefused(reference, answer.Refusal!));
        }
    }

    /// <summary>Says that a request is not served here.</summary>
    protected static void Refuse(FramedConnection connection, long reference, Refusal refusal) =>
        connection.Send(new LocationRefused(reference, refusal));
}
