using System.Formats.Asn1;
using System.Numerics;

namespace Ccr.Asn1;

/// <summary>What sort of values a type has.</summary>
public enum Asn1Kind
{
    /// <summary>BOOLEAN.</summary>
    Boolean,

    /// <summary>INTEGER.</summary>
    Integer,

    /// <summary>ENUMERATED.</summary>
    Enumerated,

    /// <summary>BIT STRING.</summary>
    BitString,

    /// <summary>OCTET STRING.</summary>
    OctetString,

    /// <summary>NULL.</summary>
    Null,

    /// <summary>OBJECT IDENTIFIER.</summary>
    ObjectIdentifier,

    /// <summary>UTF8String.</summary>
    Utf8String,

    /// <summary>PrintableString.</summary>
    PrintableString,

    /// <summary>TeletexString, taken as Latin-1.</summary>
    TeletexString,

    /// <summary>IA5String.</summary>
    Ia5String,

    /// <summary>NumericString.</summary>
    NumericString,

    /// <summary>VisibleString.</summary>
    VisibleString,

    /// <summary>ObjectDescriptor, as it stands in EXTERNAL.</summary>
    ObjectDescriptor,

    /// <summary>SEQUENCE.</summary>
    Sequence,

    /// <summary>SEQUENCE OF.</summary>
    SequenceOf,

    /// <summary>SET OF.</summary>
    SetOf,

    /// <summary>CHOICE.</summary>
    Choice,

    /// <summary>Any one element: the single-ASN1-type of EXTERNAL.</summary>
    Any,
}

/// <summary>A name that stands for a number: an enumeration item or a bit.</summary>
public readonly record struct NamedNumber(string Name, int Number);

/// <summary>A component of a SEQUENCE or an alternative of a CHOICE.</summary>
/// <param name="Name">Its identifier.</param>
/// <param name="Type">Its type, tagged as it is sent.</param>
/// <param name="Optional">True for OPTIONAL, for DEFAULT, and for extension additions.</param>
/// <param name="Default">The value that absence stands for, or null.</param>
public sealed record Asn1Component(string Name, Asn1Type Type, bool Optional, Asn1Value? Default);

/// <summary>A type of a module, looked up, with the tags its values carry on the wire.</summary>
public sealed class Asn1Type
{
    private readonly Lazy<Asn1Shape> _shape;

    internal Asn1Type(string name, Asn1Kind kind, Asn1Tag[] tags, Lazy<Asn1Shape> shape)
    {
        Name = name;
        Kind = kind;
        Tags = tags;
        _shape = shape;
    }

    /// <summary>The type's reference ("Node-name"), or its keywords where it has none.</summary>
    public string Name { get; }

    /// <summary>What sort of values it has.</summary>
    public Asn1Kind Kind { get; }

    /// <summary>Components of a SEQUENCE in order, alternatives of a CHOICE; else empty.</summary>
    public IReadOnlyList<Asn1Component> Components => _shape.Value.Components;

    /// <summary>The type of the items of SEQUENCE OF and SET OF.</summary>
    public Asn1Type? Element => _shape.Value.Element;

    /// <summary>Items of an ENUMERATED, named bits of a BIT STRING.</summary>
    public IReadOnlyList<NamedNumber> Named => _shape.Value.Named;

    /// <summary>True when the type has an extension marker.</summary>
    public bool Extensible => ExtensionAt >= 0;

    /// <summary>The least value, or size.</summary>
    public BigInteger? Min { get; private init; }

    /// <summary>The greatest value, or size.</summary>
    public BigInteger? Max { get; private init; }

    internal bool IsExternal => Tags is [{ TagClass: TagClass.Universal, TagValue: (int)UniversalTagNumber.External }];

    /// <summary>Outermost first; all but the last are explicit. Empty for an untagged CHOICE.</summary>
    internal Asn1Tag[] Tags { get; }

    /// <summary>Before which component elements of later versions stand; -1: nowhere.</summary>
    internal int ExtensionAt => _shape.Value.ExtensionAt;

    /// <summary>Whether an element with this tag can begin a value of this type.</summary>
    internal bool Begins(Asn1Tag tag)
    {
        if (Tags.Length > 0)
        {
            return Tags[0].HasSameClassAndValue(tag);
        }

        return Kind == Asn1Kind.Any || Components.Any(alternative => alternative.Type.Begins(tag));
    }

    internal Asn1Type Tagged(Asn1Tag tag, bool isImplicit)
    {
        Asn1Tag[] inner = isImplicit && Tags.Length > 0 ? Tags[1..] : Tags;
        return new Asn1Type(Name, Kind, [tag, .. inner], _shape) { Min = Min, Max = Max };
    }

    internal Asn1Type Constrained(BigInteger? min, BigInteger? max) =>
        new(Name, Kind, Tags, _shape) { Min = min, Max = max };

    internal Asn1Type WithName(string name) => new(name, Kind, Tags, _shape) { Min = Min, Max = Max };

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What a type consists of; looked up when first asked for, since types may contain themselves.</summary>
internal sealed record Asn1Shape(
    IReadOnlyList<Asn1Component> Components,
    Asn1Type? Element,
    IReadOnlyList<NamedNumber> Named,
    int ExtensionAt)
{
    internal static readonly Asn1Shape Plain = new([], null, [], -1);
}
