using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>Where one Server is: "unix:PATH" or "tcp:HOST:PORT" addresses.</summary>
public sealed record Place(
    string Server, NodeName Node, string Kind, long Incarnation, IReadOnlyList<string> Addresses)
{
    /// <inheritdoc cref="Place"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);
}
