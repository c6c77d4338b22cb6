using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>Where one Server's part of an atomic action was begun, or why it was not.</summary>
/// <param name="Server">The Server's name.</param>
/// <param name="Node">The node it is at.</param>
/// <param name="Begun">Where it was begun, or null.</param>
/// <param name="Refused">Why it was not begun, or null: exactly one of the two is there.</param>
public sealed record ServerPlace(string Server, NodeName Node, BegunAt? Begun, Refusal? Refused);

/// <summary>
/// A branch that a Server has begun: requests to it carry the incarnation (SEM-8) and go to one of the addresses.
/// </summary>
public sealed record BegunAt(BranchId Branch, long Incarnation, IReadOnlyList<string> Addresses)
{
    /// <inheritdoc cref="BegunAt"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);
}
