using System.Diagnostics.CodeAnalysis;

namespace Ccr.Protocol.Names;

/// <summary>
/// The name of a branch of an atomic action: the title of the AE that began it, and a suffix unique among the
/// branches of that action which the same AE began (X.852 BRANCH-IDENTIFIER, with a <c>side</c> resolved).
/// </summary>
public sealed class BranchId(AeTitle initiator, Suffix suffix) : IEquatable<BranchId>
{
    /// <summary>The AE that issued C-BEGIN for the branch (or Begin to a Server of its own node).</summary>
    public AeTitle Initiator { get; } = initiator;

    /// <summary>Unique among the initiator's branches of one action.</summary>
    public Suffix Suffix { get; } = suffix;

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] BranchId? other) =>
        other is not null && Suffix.Equals(other.Suffix) && Initiator.Equals(other.Initiator);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BranchId);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((Initiator.GetHashCode() * 31) + Suffix.GetHashCode());

    /// <summary>"INITIATOR:SUFFIX", for example <c>tokyo:3.7</c>.</summary>
    public override string ToString() => $"{Initiator}:{Suffix}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out BranchId? branch)
    {
        branch = null;
        if (!TitledSuffix.TryParse(text, out AeTitle? title, out Suffix suffix))
        {
            return false;
        }

        branch = new BranchId(title, suffix);
        return true;
    }
}
