using System.Formats.Asn1;

namespace Ccr.Asn1;

/// <summary>EXTERNAL, as X.690 8.18.1 spells it out.</summary>
internal static class ExternalType
{
    internal const string Indirect = "indirect-reference";
    internal const string Encoding = "encoding";
    internal const string SingleAsn1Type = "single-ASN1-type";

    /// <summary>The context whose values are Profile-data (asn1/CCR-Profile.asn1).</summary>
    internal const int ProfileContext = 5;

    internal static readonly Asn1Type Instance = Make();

    private static Asn1Type Make()
    {
        Asn1Type choice = Of(Asn1Kind.Choice, [
            Field(SingleAsn1Type, Tagged(Of(Asn1Kind.Any, []), 0, false), false),
            Field("octet-aligned", Tagged(Of(Asn1Kind.OctetString, []), 1, true), false),
            Field("arbitrary", Tagged(Of(Asn1Kind.BitString, []), 2, true), false),
        ]);
        Asn1Type sequence = Of(Asn1Kind.Sequence, [
            Field("direct-reference", Of(Asn1Kind.ObjectIdentifier, []), true),
            Field(Indirect, Of(Asn1Kind.Integer, []), true),
            Field("data-value-descriptor", Of(Asn1Kind.ObjectDescriptor, []), true),
            Field(Encoding, choice, false),
        ]);
        return sequence.Tagged(new Asn1Tag(UniversalTagNumber.External), true).WithName("EXTERNAL");
    }

    private static Asn1Component Field(string name, Asn1Type type, bool optional) => new(name, type, optional, null);

    private static Asn1Type Tagged(Asn1Type type, int number, bool isImplicit) =>
        type.Tagged(new Asn1Tag(TagClass.ContextSpecific, number), isImplicit);

    private static Asn1Type Of(Asn1Kind kind, Asn1Component[] components) => new(
        Asn1Kinds.Keyword(kind),
        kind,
        Asn1Kinds.Tags(kind),
        new Lazy<Asn1Shape>(new Asn1Shape(components, null, [], -1)));
}
