using System.Numerics;
using System.Text.Json.Nodes;

namespace Ccr.Asn1;

/// <summary>A value of a type: what octets or a JSON document were found to hold.</summary>
public abstract record Asn1Value(Asn1Type Type)
{
    /// <summary>
    /// As JSON: SEQUENCE is an object, CHOICE an object with one member, ENUMERATED the item's name, octets are in
    /// hexadecimal, named bits a list of names. What a later version added stands under "...", in hexadecimal.
    /// </summary>
    public JsonNode? ToJson() => JsonWriter.Write(this);

    /// <summary>In ASN.1 value notation (X.680), over several lines.</summary>
    public string ToText() => ValueNotation.Write(this);

    /// <inheritdoc/>
    public sealed override string ToString() => ToText();
}

/// <summary>BOOLEAN.</summary>
public sealed record Asn1Boolean(Asn1Type Type, bool Value) : Asn1Value(Type);

/// <summary>INTEGER.</summary>
public sealed record Asn1Integer(Asn1Type Type, BigInteger Value) : Asn1Value(Type);

/// <summary>ENUMERATED, by its number.</summary>
public sealed record Asn1Enumerated(Asn1Type Type, BigInteger Value) : Asn1Value(Type)
{
    /// <summary>The item's name; null for one that this version does not know.</summary>
    public string? Item
    {
        get
        {
            foreach (NamedNumber item in Type.Named)
            {
                if (item.Number == Value)
                {
                    return item.Name;
                }
            }

            return null;
        }
    }
}

/// <summary>BIT STRING, as '0' and '1', the first bit first.</summary>
public sealed record Asn1Bits(Asn1Type Type, string Bits) : Asn1Value(Type)
{
    /// <summary>The bits that have these numbers, and no zeros behind the last.</summary>
    internal static string Set(IEnumerable<int> numbers)
    {
        SortedSet<int> set = [.. numbers];
        char[] bits = new char[set.Count == 0 ? 0 : set.Max + 1];
        Array.Fill(bits, '0');
        foreach (int number in set)
        {
            bits[number] = '1';
        }

        return new string(bits);
    }
}

/// <summary>OCTET STRING.</summary>
public sealed record Asn1Octets(Asn1Type Type, ReadOnlyMemory<byte> Octets) : Asn1Value(Type);

/// <summary>NULL.</summary>
public sealed record Asn1Null(Asn1Type Type) : Asn1Value(Type);

/// <summary>OBJECT IDENTIFIER, dotted.</summary>
public sealed record Asn1Oid(Asn1Type Type, string Dotted) : Asn1Value(Type);

/// <summary>A character string.</summary>
public sealed record Asn1Text(Asn1Type Type, string Text) : Asn1Value(Type);

/// <summary>A component that is there.</summary>
public sealed record Asn1Field(Asn1Component Component, Asn1Value Value);

/// <summary>SEQUENCE: the components that are there.</summary>
/// <param name="Type">The type.</param>
/// <param name="Fields">In the type's order; absent ones are left out.</param>
/// <param name="Unknown">Whole elements at the extension point that this version does not know.</param>
public sealed record Asn1Sequence(
    Asn1Type Type, IReadOnlyList<Asn1Field> Fields, IReadOnlyList<ReadOnlyMemory<byte>> Unknown) : Asn1Value(Type)
{
    /// <summary>The component of this name, or null when it is absent.</summary>
    public Asn1Value? this[string name] => Fields.FirstOrDefault(field => field.Component.Name == name)?.Value;
}

/// <summary>SEQUENCE OF and SET OF.</summary>
public sealed record Asn1List(Asn1Type Type, IReadOnlyList<Asn1Value> Items) : Asn1Value(Type);

/// <summary>CHOICE.</summary>
public sealed record Asn1Choice(Asn1Type Type, Asn1Component Alternative, Asn1Value Value) : Asn1Value(Type);

/// <summary>One whole element that is not opened: an unknown alternative, or a value of another context.</summary>
public sealed record Asn1Raw(Asn1Type Type, ReadOnlyMemory<byte> Element) : Asn1Value(Type);
