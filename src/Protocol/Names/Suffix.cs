using System.Buffers.Binary;

namespace Ccr.Protocol.Names;

/// <summary>
/// The suffix of an atomic-action or branch identifier: form 1, 1 to 64 octets, or form 2, an integer. A form-1
/// suffix never equals a form-2 suffix (ccr-standard.md 2.3). <c>default</c> is no suffix.
/// </summary>
public readonly struct Suffix : IEquatable<Suffix>
{
    private readonly byte[]? _octets;
    private readonly long _integer;
    private readonly bool _isInteger;

    private Suffix(byte[]? octets, long integer, bool isInteger)
    {
        _octets = octets;
        _integer = integer;
        _isInteger = isInteger;
    }

    /// <summary>True for form 2.</summary>
    public bool IsInteger => _isInteger;

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => _octets is null && !_isInteger;

    /// <summary>The octets of form 1; empty for form 2.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>The integer of form 2; 0 for form 1.</summary>
    public long Integer => _integer;

    /// <summary>Form 1.</summary>
    public static Suffix OfOctets(ReadOnlySpan<byte> octets)
    {
        if (octets.Length is 0 or > Limits.SuffixOctetsMax)
        {
            throw new ArgumentException($"A suffix has 1 to {Limits.SuffixOctetsMax} octets, not {octets.Length}.");
        }

        return new Suffix(octets.ToArray(), 0, false);
    }

    /// <summary>Form 2.</summary>
    public static Suffix OfInteger(long value) => new(null, value, true);

    /// <summary>
    /// The suffix of an action or a branch that we number: epoch (4 octets) and counter (8 octets), big-endian.
    /// </summary>
    public static Suffix OfCounter(uint epoch, ulong counter)
    {
        byte[] octets = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(octets, epoch);
        BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(4), counter);
        return new Suffix(octets, 0, false);
    }

    /// <summary>Reads epoch and counter back from a suffix that <see cref="OfCounter"/> shaped.</summary>
    public bool TryGetCounter(out uint epoch, out ulong counter)
    {
        epoch = 0;
        counter = 0;
        if (_octets is not { Length: 12 })
        {
            return false;
        }

        epoch = BinaryPrimitives.ReadUInt32BigEndian(_octets);
        counter = BinaryPrimitives.ReadUInt64BigEndian(_octets.AsSpan(4));
        return true;
    }

    /// <summary>The hash that chooses the lane of an atomic action (asn1/CCR-Link.asn1).</summary>
    public uint StableHash()
    {
        if (!_isInteger)
        {
            return Names.StableHash.Of(_octets);
        }

        Span<byte> octets = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(octets, _integer);
        return Names.StableHash.Of(octets);
    }

    /// <inheritdoc/>
    public bool Equals(Suffix other) => _isInteger == other._isInteger && _integer == other._integer
        && Octets.SequenceEqual(other.Octets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Suffix other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)StableHash());

    /// <summary>"EPOCH.COUNTER" for our own shape, "iN" for an integer, "x" and hexadecimal otherwise.</summary>
    public override string ToString() => _isInteger ? $"i{_integer}"
        : TryGetCounter(out uint epoch, out ulong counter) ? $"{epoch}.{counter}"
        : "x" + Convert.ToHexStringLower(Octets);

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Suffix suffix)
    {
        suffix = default;
        if (text.Length > 1 && text[0] == 'i' && long.TryParse(text[1..], out long integer))
        {
            suffix = OfInteger(integer);
            return true;
        }

        if (text.Length > 1 && text[0] == 'x')
        {
            return TryParseHex(text[1..], out suffix);
        }

        int dot = text.IndexOf('.');
        if (dot <= 0 || !uint.TryParse(text[..dot], out uint epoch) || !ulong.TryParse(text[(dot + 1)..], out ulong n))
        {
            return false;
        }

        suffix = OfCounter(epoch, n);
        return true;
    }

    public static bool operator ==(Suffix left, Suffix right) => left.Equals(right);

    public static bool operator !=(Suffix left, Suffix right) => !left.Equals(right);

    private static bool TryParseHex(ReadOnlySpan<char> hex, out Suffix suffix)
    {
        suffix = default;
        Span<byte> octets = stackalloc byte[Limits.SuffixOctetsMax];
        bool whole = hex.Length % 2 == 0 && hex.Length / 2 <= octets.Length
            && Convert.FromHexString(hex, octets, out _, out int written) == System.Buffers.OperationStatus.Done
            && written > 0;
        if (whole)
        {
            suffix = OfOctets(octets[..(hex.Length / 2)]);
        }

        return whole;
    }
}
