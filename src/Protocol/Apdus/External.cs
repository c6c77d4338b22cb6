using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Apdus;

/// <summary>How an EXTERNAL holds its data value (X.690 8.18.1).</summary>
public enum ExternalEncoding
{
    /// <summary>One whole BER element.</summary>
    SingleAsn1Type = 0,

    /// <summary>Octets.</summary>
    OctetAligned = 1,

    /// <summary>Bits.</summary>
    Arbitrary = 2,
}

/// <summary>
/// EXTERNAL: a data value of another syntax, named by an object identifier or by a presentation context. The value
/// is kept as it came.
/// </summary>
public sealed class External : IEquatable<External>
{
    private readonly byte[]? _directReference;
    private readonly byte[]? _descriptor;
    private readonly byte[] _value;

    /// <summary>An EXTERNAL of a presentation context.</summary>
    /// <param name="indirectReference">The context's number.</param>
    /// <param name="encoding">How the value is held.</param>
    /// <param name="value">The value's octets; for <see cref="ExternalEncoding.SingleAsn1Type"/> one element.</param>
    public External(long indirectReference, ExternalEncoding encoding, ReadOnlySpan<byte> value)
        : this(null, indirectReference, null, encoding, value, 0)
    {
    }

    /// <summary>An EXTERNAL with any of its components.</summary>
    /// <param name="directReference">The content octets of an object identifier.</param>
    /// <param name="indirectReference">The number of a presentation context.</param>
    /// <param name="descriptor">The octets of an ObjectDescriptor.</param>
    /// <param name="encoding">How the value is held.</param>
    /// <param name="value">The value's octets; for <see cref="ExternalEncoding.SingleAsn1Type"/> one element.</param>
    /// <param name="unusedBits">For <see cref="ExternalEncoding.Arbitrary"/>: bits of the last octet that do not
    /// count.</param>
    public External(
        byte[]? directReference,
        long? indirectReference,
        byte[]? descriptor,
        ExternalEncoding encoding,
        ReadOnlySpan<byte> value,
        int unusedBits)
    {
        _directReference = directReference;
        IndirectReference = indirectReference;
        _descriptor = descriptor;
        Encoding = encoding;
        _value = value.ToArray();
        UnusedBits = unusedBits;
    }

    /// <summary>The content octets of the object identifier; empty when there is none.</summary>
    public ReadOnlySpan<byte> DirectReference => _directReference;

    /// <summary>The presentation context.</summary>
    public long? IndirectReference { get; }

    /// <summary>The octets of the data-value-descriptor.</summary>
    public ReadOnlySpan<byte> Descriptor => _descriptor;

    /// <summary>True when there is a data-value-descriptor, though it may be empty.</summary>
    public bool HasDescriptor => _descriptor is not null;

    /// <summary>How the value is held.</summary>
    public ExternalEncoding Encoding { get; }

    /// <summary>The value's octets; for <see cref="ExternalEncoding.SingleAsn1Type"/> one whole element.</summary>
    public ReadOnlySpan<byte> Value => _value;

    /// <summary>For <see cref="ExternalEncoding.Arbitrary"/>: bits of the last octet that do not count.</summary>
    public int UnusedBits { get; }

    /// <inheritdoc/>
    public bool Equals(External? other) => other is not null
        && IndirectReference == other.IndirectReference && Encoding == other.Encoding
        && UnusedBits == other.UnusedBits && HasDescriptor == other.HasDescriptor
        && Value.SequenceEqual(other.Value) && DirectReference.SequenceEqual(other.DirectReference)
        && Descriptor.SequenceEqual(other.Descriptor);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as External);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)Names.StableHash.Of(_value));

    /// <summary>"EXTERNAL(context 5, 30 octets)".</summary>
    public override string ToString() => $"EXTERNAL(context {IndirectReference}, {_value.Length} octets)";

    internal static External? Read(ref BerReader reader)
    {
        BerReader inner = reader.Enter(BerTag.External);
        byte[]? direct = inner.NextIs(BerTag.Oid) ? inner.ReadOid(BerTag.Oid).ToArray() : null;
        long? indirect = inner.NextIs(BerTag.Integer) ? inner.ReadInteger(BerTag.Integer) : null;
        byte[]? descriptor = inner.NextIs(BerTag.ObjectDescriptor)
            ? inner.ReadOctets(BerTag.ObjectDescriptor).ToArray()
            : null;
        int alternative = inner.PeekContext();
        ReadOnlySpan<byte> value = default;
        int unusedBits = 0;
        switch ((ExternalEncoding)alternative)
        {
            case ExternalEncoding.SingleAsn1Type:
                BerReader any = inner.Enter(0x80);
                value = any.ReadRaw();
                any.EndExactly();
                break;
            case ExternalEncoding.OctetAligned:
                value = inner.ReadOctets(0x81);
                break;
            case ExternalEncoding.Arbitrary:
                value = inner.ReadBits(0x82, out unusedBits);
                break;
            default:
                inner.Fail(inner.AtEnd ? BerError.MissingElement : BerError.UnknownAlternative);
                break;
        }

        inner.EndExactly();
        return reader.Failed
            ? null
            : new External(direct, indirect, descriptor, (ExternalEncoding)alternative, value, unusedBits);
    }

    internal void Write(BerWriter writer)
    {
        int mark = writer.Begin(BerTag.External);
        if (_directReference is not null)
        {
            writer.WriteOid(BerTag.Oid, _directReference);
        }

        if (IndirectReference is { } indirect)
        {
            writer.WriteInteger(BerTag.Integer, indirect);
        }

        if (_descriptor is not null)
        {
            writer.WriteOctets(BerTag.ObjectDescriptor, _descriptor);
        }

        switch (Encoding)
        {
            case ExternalEncoding.SingleAsn1Type:
                int any = writer.Begin(0x80);
                writer.WriteRaw(_value);
                writer.End(any);
                break;
            case ExternalEncoding.OctetAligned:
                writer.WriteOctets(0x81, _value);
                break;
            default:
                writer.WriteBits(0x82, UnusedBits, _value);
                break;
        }

        writer.End(mark);
    }
}
