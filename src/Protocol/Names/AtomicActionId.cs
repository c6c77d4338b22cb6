using System.Diagnostics.CodeAnalysis;

namespace Ccr.Protocol.Names;

/// <summary>
/// The name of an atomic action: the title of the AE that owns it, and a suffix unique in that owner's scope
/// (X.852 ATOMIC-ACTION-IDENTIFIER, with a <c>side</c> already resolved to a title).
/// </summary>
public sealed class AtomicActionId(AeTitle owner, Suffix suffix) : IEquatable<AtomicActionId>
{
    private readonly int _hash = unchecked((owner.GetHashCode() * 31) + suffix.GetHashCode());

    /// <summary>The AE that owns the action: its master.</summary>
    public AeTitle Owner { get; } = owner;

    /// <summary>Unique in the owner's scope.</summary>
    public Suffix Suffix { get; } = suffix;

    /// <summary>The lane of this action on a node with <paramref name="lanes"/> lanes (asn1/CCR-Link.asn1).</summary>
    public int LaneOf(int lanes) => lanes == 1 ? 0 : (int)(Suffix.StableHash() % (uint)lanes);

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] AtomicActionId? other) => other is not null
        && _hash == other._hash && Suffix.Equals(other.Suffix) && Owner.Equals(other.Owner);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AtomicActionId);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>"OWNER:SUFFIX", for example <c>tokyo:3.42</c> (epoch 3, counter 42).</summary>
    public override string ToString() => $"{Owner}:{Suffix}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out AtomicActionId? action)
    {
        action = null;
        if (!TitledSuffix.TryParse(text, out AeTitle? title, out Suffix suffix))
        {
            return false;
        }

        action = new AtomicActionId(title, suffix);
        return true;
    }
}
