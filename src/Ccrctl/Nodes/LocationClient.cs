using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Nodes;

/// <summary>An operator's questions to the Location Server of one node (asn1/CCR-Location.asn1).</summary>
public sealed class LocationClient : IAsyncDisposable
{
    private readonly RequestConnection<LocationMessage> _requests;

    private LocationClient(RequestConnection<LocationMessage> requests) => _requests = requests;

    /// <summary>Connects to the node's Location Server.</summary>
    /// <exception cref="CommandFailedException">It cannot be reached.</exception>
    public static async Task<LocationClient> ConnectAsync(NodeLayout node, CancellationToken cancellation) =>
        new(await RequestConnection<LocationMessage>.OpenAsync(
            node.LocationSocket, "The Location Server", LocationMessage.Decode, cancellation).ConfigureAwait(false));

    /// <summary>Where a Server is; fresh: not from the cache.</summary>
    /// <exception cref="CommandFailedException">It was not found; the message says why.</exception>
    public async Task<PlaceFound> LookUpAsync(string server, bool fresh, CancellationToken cancellation)
    {
        long reference = _requests.NextReference();
        LocationMessage answer = await _requests.AskAsync(
            reference, new LookUp(reference, server, fresh, false), cancellation).ConfigureAwait(false);
        return answer switch
        {
            PlaceFound found => found,
            LocationRefused refused => throw new CommandFailedException(ExitCodes.Refused, refused.Refusal.Text),
            _ => throw new CommandFailedException(
                ExitCodes.Unreachable, $"The Location Server answered with {answer.GetType().Name}."),
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _requests.DisposeAsync();
}
