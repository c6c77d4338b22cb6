using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>In C-INITIALIZE-RI and -RC: who speaks (SEM-6).</summary>
public sealed record IdentityData(ManagerIdentity Identity) : ProfileData;

/// <summary>
/// In C-BEGIN-RI: the ancestors, the Servers of the receiver that are to begin, the time that is left (0: no
/// limit).
/// </summary>
public sealed record BeginData(IReadOnlyList<NodeName> Path, IReadOnlyList<string> Servers, int TimeoutMs)
    : ProfileData
{
    /// <inheritdoc cref="BeginData"/>
    public IReadOnlyList<NodeName> Path { get; init => field = ValueList.Of(value); } = ValueList.Of(Path);

    /// <inheritdoc cref="BeginData"/>
    public IReadOnlyList<string> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);
}

/// <summary>In C-BEGIN-RC: where each Server began, or why not.</summary>
public sealed record BegunData(IReadOnlyList<ServerPlace> Places) : ProfileData
{
    /// <inheritdoc cref="BegunData"/>
    public IReadOnlyList<ServerPlace> Places { get; init => field = ValueList.Of(value); } = ValueList.Of(Places);
}

/// <summary>In C-ROLLBACK-RI: why.</summary>
public sealed record RefusalData(Refusal Refusal) : ProfileData;

/// <summary>In C-COMMIT-RC, C-ROLLBACK-RC and C-RECOVER-RC: heuristic damage below (SEM-4).</summary>
public sealed record HeuristicReport(IReadOnlyList<Damage> Damages) : ProfileData
{
    /// <inheritdoc cref="HeuristicReport"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);
}
