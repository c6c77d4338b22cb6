using System.Formats.Asn1;

namespace Ccr.Asn1;

/// <summary>Keywords and universal tags of the kinds of type (X.680 table 1).</summary>
internal static class Asn1Kinds
{
    internal static string Keyword(Asn1Kind kind) => kind switch
    {
        Asn1Kind.BitString => "BIT STRING",
        Asn1Kind.OctetString => "OCTET STRING",
        Asn1Kind.ObjectIdentifier => "OBJECT IDENTIFIER",
        Asn1Kind.SequenceOf => "SEQUENCE OF",
        Asn1Kind.SetOf => "SET OF",
        Asn1Kind.Utf8String => "UTF8String",
        Asn1Kind.PrintableString => "PrintableString",
        Asn1Kind.TeletexString => "TeletexString",
        Asn1Kind.Ia5String => "IA5String",
        Asn1Kind.NumericString => "NumericString",
        Asn1Kind.VisibleString => "VisibleString",
        Asn1Kind.ObjectDescriptor => "ObjectDescriptor",
        _ => kind.ToString().ToUpperInvariant(),
    };

    internal static Asn1Tag[] Tags(Asn1Kind kind) =>
        kind is Asn1Kind.Choice or Asn1Kind.Any ? [] : [new Asn1Tag(Universal(kind))];

    internal static UniversalTagNumber Universal(Asn1Kind kind) => kind switch
    {
        Asn1Kind.Boolean => UniversalTagNumber.Boolean,
        Asn1Kind.Integer => UniversalTagNumber.Integer,
        Asn1Kind.Enumerated => UniversalTagNumber.Enumerated,
        Asn1Kind.BitString => UniversalTagNumber.BitString,
        Asn1Kind.OctetString => UniversalTagNumber.OctetString,
        Asn1Kind.Null => UniversalTagNumber.Null,
        Asn1Kind.ObjectIdentifier => UniversalTagNumber.ObjectIdentifier,
        Asn1Kind.Utf8String => UniversalTagNumber.UTF8String,
        Asn1Kind.PrintableString => UniversalTagNumber.PrintableString,
        Asn1Kind.TeletexString => UniversalTagNumber.TeletexString,
        Asn1Kind.Ia5String => UniversalTagNumber.IA5String,
        Asn1Kind.NumericString => UniversalTagNumber.NumericString,
        Asn1Kind.VisibleString => UniversalTagNumber.VisibleString,
        Asn1Kind.ObjectDescriptor => UniversalTagNumber.ObjectDescriptor,
        Asn1Kind.Sequence or Asn1Kind.SequenceOf => UniversalTagNumber.Sequence,
        Asn1Kind.SetOf => UniversalTagNumber.Set,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It has no tag of its own."),
    };

    internal static bool IsText(Asn1Kind kind) => kind is >= Asn1Kind.Utf8String and <= Asn1Kind.ObjectDescriptor;

    internal static bool IsConstructed(Asn1Kind kind) =>
        kind is Asn1Kind.Sequence or Asn1Kind.SequenceOf or Asn1Kind.SetOf;
}
