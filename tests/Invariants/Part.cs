using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants;

/// <summary>
/// What one node durably knows of one branch of an action: the branch to its superior, or the root (no branch).
/// </summary>
internal sealed record Part(NodeName Node, BranchId? Up)
{
    public LogReady? Ready { get; init; }

    public LogCommit? Commit { get; init; }

    public Heuristic? ByHand { get; init; }

    /// <summary>log-damage stands, or stood until an operator forgot it.</summary>
    public LogDamage? Damage { get; init; }

    public bool Forgotten { get; init; }

    /// <summary>Something is still owed: in doubt, or decided and not confirmed by all.</summary>
    public bool IsLive => !Forgotten && Damage is null && (Ready is not null || Commit is not null);

    public bool CommitLive => !Forgotten && Damage is null && Commit is not null;

    public bool ReadyLive => IsLive && Commit is null;

    public IEnumerable<ServerBranch> Servers => [.. Ready?.Servers ?? [], .. Commit?.Servers ?? []];

    public IEnumerable<Subordinate> Subordinates => [.. Ready?.Subordinates ?? [], .. Commit?.Subordinates ?? []];

    public bool HasServer(BranchId branch) => Servers.Any(s => s.Branch.Equals(branch));

    public bool HasSubordinate(BranchId branch) => Subordinates.Any(s => s.Branch.Equals(branch));

    public override string ToString() =>
        $"part {Node} {Up} ready({List(Ready?.Servers, Ready?.Subordinates)}) "
        + $"commit({List(Commit?.Servers, Commit?.Subordinates)}) {ByHand?.Decision} "
        + $"{(Damage is { } d ? $"damage {d.Outcome} {string.Join('+', d.Damages.Select(NameOf))} {d.Reported}" : "")} "
        + $"{(Forgotten ? "forgotten" : "")}";

    private static string NameOf(Damage damage) => $"{damage.Node}/{damage.Branch}/{damage.Taken}";

    private static string List(IReadOnlyList<ServerBranch>? servers, IReadOnlyList<Subordinate>? subordinates) =>
        servers is null
            ? "-"
            : string.Join('+', [.. servers.Select(s => s.Branch.ToString()), "|",
                .. (subordinates ?? []).Select(s => s.Branch.ToString())]);
}
