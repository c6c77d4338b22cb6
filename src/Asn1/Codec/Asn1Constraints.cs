using System.Buffers;
using System.Numerics;

namespace Ccr.Asn1;

/// <summary>Ranges, sizes, and the characters that a string type has.</summary>
internal static class Asn1Constraints
{
    private static readonly SearchValues<char> Numeric = SearchValues.Create(" 0123456789");

    private static readonly SearchValues<char> Printable = SearchValues.Create(
        " '()+,-./:=?0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    internal static void Check(Asn1Value value, Asn1Path path)
    {
        switch (value)
        {
            case Asn1Integer integer:
                Range(value.Type, integer.Value, "the value", path);
                break;
            case Asn1Octets octets:
                Range(value.Type, octets.Octets.Length, "the count of octets", path);
                break;
            case Asn1Bits bits:
                Range(value.Type, bits.Bits.Length, "the count of bits", path);
                break;
            case Asn1List list:
                Range(value.Type, list.Items.Count, "the count of items", path);
                break;
            case Asn1Text text:
                Range(value.Type, text.Text.EnumerateRunes().Count(), "the count of characters", path);
                Characters(text, path);
                break;
            case Asn1Enumerated { Item: null, Type.Extensible: false } item:
                throw path.Error($"there is no item with number {item.Value}");
            default:
                break;
        }
    }

    private static void Range(Asn1Type type, BigInteger value, string what, Asn1Path path)
    {
        if (value < type.Min || value > type.Max)
        {
            throw path.Error($"{what}, {value}, is outside of {Shown(type.Min)}..{Shown(type.Max)}");
        }
    }

    private static string Shown(BigInteger? bound) => bound?.ToString() ?? "";

    private static void Characters(Asn1Text text, Asn1Path path)
    {
        ReadOnlySpan<char> characters = text.Text;
        bool illegal = text.Type.Kind switch
        {
            Asn1Kind.NumericString => characters.ContainsAnyExcept(Numeric),
            Asn1Kind.PrintableString => characters.ContainsAnyExcept(Printable),
            Asn1Kind.Ia5String => characters.ContainsAnyExceptInRange('\0', '\x7F'),
            Asn1Kind.VisibleString => characters.ContainsAnyExceptInRange(' ', '~'),
            Asn1Kind.TeletexString or Asn1Kind.ObjectDescriptor => characters.ContainsAnyExceptInRange('\0', '\xFF'),
            _ => false,
        };
        if (illegal)
        {
            throw path.Error($"a character has no place in {Asn1Kinds.Keyword(text.Type.Kind)}");
        }
    }
}
