using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>Location Servers of other nodes, over TCP: they may ask for this node's Servers, no more.</summary>
internal sealed class PeerSink(NodeName node, SharedTable table, ILogger log) : LocationSink(log)
{
    protected override string? Serve(FramedConnection connection, LocationMessage message)
    {
        switch (message)
        {
            case LookUp { FromPeer: true } asked:
                Tell(connection, asked.Reference, table.Use((t, nowMs) => t.AnswerPeer(asked.Server, nowMs)));
                return null;
            case LookUp or RegisterPlace or Withdraw or ListPlaces:
                Refuse(connection, ((IReferenceMessage)message).Reference, new Refusal(
                    RefusalCode.NotPermitted,
                    $"Over TCP the Location Server of {node} answers other Location Servers alone: "
                    + "use the socket location.sock of your own node."));
                return null;
            default:
                return $"{message.GetType().Name} is an answer, and nothing was asked.";
        }
    }
}
