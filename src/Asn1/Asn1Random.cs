using System.Formats.Asn1;
using System.Numerics;

namespace Ccr.Asn1;

/// <summary>
/// Makes random values of a schema's types, for tests. The same seed makes the same values, on every machine.
/// </summary>
/// <param name="schema">The schema, which says what an EXTERNAL of the data context holds.</param>
/// <param name="seed">The seed.</param>
public sealed class Asn1Random(Asn1Schema schema, int seed)
{
    private const int ItemsMax = 3;
    private const int LeafDepth = 12;
    private const string OtherCharacters = "äß€漢\"";
    private readonly Random _random = new(seed);
    private int _depth;

    /// <summary>
    /// Asked first for every value: returns one, or null for a value as the type alone allows it. This is the place
    /// for rules that stand in a module's comments only.
    /// </summary>
    public Func<Asn1Random, Asn1Type, Asn1Value?>? Override { get; init; }

    /// <summary>The random numbers, for <see cref="Override"/>.</summary>
    public Random Numbers => _random;

    /// <summary>A value of the type.</summary>
    public Asn1Value Next(Asn1Type type) => Override?.Invoke(this, type) ?? Plain(type);

    /// <summary>A value of the type without asking <see cref="Override"/> about the type itself.</summary>
    public Asn1Value Plain(Asn1Type type)
    {
        _depth++;
        Asn1Value value = type.Kind switch
        {
            Asn1Kind.Boolean => new Asn1Boolean(type, Chance(2)),
            Asn1Kind.Integer => new Asn1Integer(type, Integer(type)),
            Asn1Kind.Enumerated => new Asn1Enumerated(type, Pick(type.Named).Number),
            Asn1Kind.BitString => new Asn1Bits(type, Bits(type)),
            Asn1Kind.OctetString => new Asn1Octets(type, Octets(Size(type, 20))),
            Asn1Kind.Null => new Asn1Null(type),
            Asn1Kind.ObjectIdentifier => new Asn1Oid(type, Oid()),
            Asn1Kind.Sequence when type.IsExternal => External(type),
            Asn1Kind.Sequence => Sequence(type),
            Asn1Kind.SequenceOf or Asn1Kind.SetOf => List(type),
            Asn1Kind.Choice => Choice(type),
            Asn1Kind.Any => new Asn1Raw(type, Tlv.Write(Asn1Tag.PrimitiveOctetString, false, Octets(3))),
            _ => new Asn1Text(type, Text(type)),
        };
        _depth--;
        return value;
    }

    /// <summary>
    /// A SEQUENCE whose components come from <paramref name="make"/>, or as ever where that returns null.
    /// </summary>
    public Asn1Sequence Sequence(Asn1Type type, Func<Asn1Component, Asn1Value?>? make = null)
    {
        List<Asn1Field> fields = [];
        foreach (Asn1Component component in type.Components)
        {
            Asn1Value? value = make?.Invoke(component)
                ?? (component.Optional && Chance(2) ? null : Next(component.Type));
            bool isDefault = value is not null && component.Default is { } absent
                && Asn1Schema.Encode(value).AsSpan().SequenceEqual(Asn1Schema.Encode(absent));
            if (value is not null && !isDefault)
            {
                fields.Add(new Asn1Field(component, value));
            }
        }

        return new Asn1Sequence(type, fields, []);
    }

    private Asn1Sequence External(Asn1Type type)
    {
        bool profiled = !Chance(4);
        return Sequence(type, component => component.Name switch
        {
            ExternalType.Indirect when profiled => new Asn1Integer(component.Type, ExternalType.ProfileContext),
            "direct-reference" when !profiled => Next(component.Type), // one of the two has to be there
            ExternalType.Encoding when profiled => new Asn1Choice(
                component.Type, component.Type.Components[0], Next(schema.Type("CCR-Profile", "Profile-data"))),
            _ => null,
        });
    }

    private Asn1List List(Asn1Type type)
    {
        int count = _depth > LeafDepth ? 0 : Size(type, ItemsMax);
        return new Asn1List(type, [.. Enumerable.Range(0, count).Select(_ => Next(type.Element!))]);
    }

    private Asn1Choice Choice(Asn1Type type)
    {
        Asn1Component alternative = Pick(type.Components);
        return new Asn1Choice(type, alternative, Next(alternative.Type));
    }

    private BigInteger Integer(Asn1Type type)
    {
        BigInteger min = type.Min ?? long.MinValue;
        BigInteger max = type.Max ?? long.MaxValue;
        BigInteger near = _random.Next(4) switch
        {
            0 => min + _random.Next(3),
            1 => max - _random.Next(3),
            2 => _random.Next(-300, 70_000),
            _ => _random.NextInt64() >> _random.Next(63),
        };
        return BigInteger.Clamp(near, min, max);
    }

    private int Size(Asn1Type type, int usualMax)
    {
        int min = (int)(type.Min ?? 0);
        int max = (int)BigInteger.Min(type.Max ?? usualMax, int.Max(usualMax, min));
        return _random.Next(min, max + 1);
    }

    private string Bits(Asn1Type type)
    {
        if (type.Named.Count > 0)
        {
            return Asn1Bits.Set(type.Named.Where(_ => Chance(2)).Select(bit => bit.Number));
        }

        return string.Concat(Enumerable.Range(0, Size(type, 20)).Select(_ => Chance(2) ? '1' : '0'));
    }

    private byte[] Octets(int count)
    {
        byte[] octets = new byte[count];
        _random.NextBytes(octets);
        return octets;
    }

    private string Oid()
    {
        int first = _random.Next(3);
        IEnumerable<int> arcs = Enumerable.Range(0, _random.Next(5)).Select(_ => _random.Next() >> _random.Next(31));
        return string.Join('.', [first, _random.Next(40), .. arcs]);
    }

    private string Text(Asn1Type type)
    {
        int count = Size(type, 12);
        System.Text.StringBuilder text = new();
        for (int i = 0; i < count; i++)
        {
            text.Append(type.Kind switch
            {
                Asn1Kind.NumericString => (char)('0' + _random.Next(10)),
                Asn1Kind.Utf8String when Chance(8) => OtherCharacters[_random.Next(5)],
                Asn1Kind.TeletexString when Chance(4) => (char)_random.Next(0xA0, 0x100),
                _ => (char)('a' + _random.Next(26)),
            });
        }

        return text.ToString();
    }

    private bool Chance(int of) => _random.Next(of) == 0;

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
