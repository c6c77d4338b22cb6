using Ccr.Protocol.Messages;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>Servers and operators of this node, over its Unix-domain socket.</summary>
internal sealed class NodeSink(SharedTable table, LookUps lookUps, ILogger log) : LocationSink(log)
{
    protected override string? Serve(FramedConnection connection, LocationMessage message)
    {
        switch (message)
        {
            case RegisterPlace asked:
                Register(connection, asked);
                return null;
            case Withdraw asked:
                Withdraw(connection, asked);
                return null;
            case LookUp { FromPeer: true } asked:
                Tell(connection, asked.Reference, table.Use((t, nowMs) => t.AnswerPeer(asked.Server, nowMs)));
                return null;
            case LookUp asked:
                LookUp(connection, asked);
                return null;
            case ListPlaces asked:
                connection.Send(new Places(asked.Reference, table.Use((t, nowMs) => t.List(nowMs))));
                return null;
            default:
                return $"{message.GetType().Name} is an answer, and nothing was asked.";
        }
    }

    private void Register(FramedConnection connection, RegisterPlace asked)
    {
        (Refusal? refusal, int grantedMs) = table.Use((t, nowMs) =>
            (t.Register(asked.Place, asked.LeaseMs, nowMs, out int granted), granted));
        if (refusal is not null)
        {
            Log.LogWarning("A registration is refused: {Why}", refusal.Text);
            Refuse(connection, asked.Reference, refusal);
            return;
        }

        Log.LogDebug(
            "Server {Server} ({Kind}, incarnation {Incarnation}) is registered for {LeaseMs} ms.",
            asked.Place.Server, asked.Place.Kind, asked.Place.Incarnation, grantedMs);
        connection.Send(new PlaceRegistered(asked.Reference, grantedMs));
    }

    /// <summary>A withdrawal that succeeds has no answer: the Server is on its way out.</summary>
    private void Withdraw(FramedConnection connection, Withdraw asked)
    {
        if (table.Use((t, nowMs) => t.Withdraw(asked.Server, asked.Incarnation, nowMs)) is { } refusal)
        {
            Refuse(connection, asked.Reference, refusal);
        }
    }

    private void LookUp(FramedConnection connection, LookUp asked)
    {
        Task<LocationAnswer> finding = lookUps.FindAsync(asked.Server, asked.Fresh);
        bool sameBatch = finding.IsCompleted;
        _ = TellAsync();

        async Task TellAsync()
        {
            Tell(connection, asked.Reference, await finding.ConfigureAwait(false));
            if (!sameBatch)
            {
                connection.Flush();
            }
        }
    }
}
