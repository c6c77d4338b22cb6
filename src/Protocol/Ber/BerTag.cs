namespace Ccr.Protocol.Ber;

/// <summary>
/// A tag. Readers and writers take it as one integer: class and number as in the identifier octet, without the
/// constructed bit (0x80 | n for context tag n); from number 31 on, class | 0x1F and the number in the bits above.
/// </summary>
/// <param name="Class">0 universal, 1 application, 2 context, 3 private.</param>
/// <param name="Number">The tag's number.</param>
/// <param name="Constructed">True when the element holds other elements.</param>
public readonly record struct BerTag(int Class, int Number, bool Constructed)
{
    /// <summary>BOOLEAN.</summary>
    public const int Boolean = 1;

    /// <summary>INTEGER.</summary>
    public const int Integer = 2;

    /// <summary>BIT STRING.</summary>
    public const int BitString = 3;

    /// <summary>OCTET STRING.</summary>
    public const int OctetString = 4;

    /// <summary>NULL.</summary>
    public const int Null = 5;

    /// <summary>OBJECT IDENTIFIER.</summary>
    public const int Oid = 6;

    /// <summary>ObjectDescriptor.</summary>
    public const int ObjectDescriptor = 7;

    /// <summary>EXTERNAL.</summary>
    public const int External = 8;

    /// <summary>ENUMERATED.</summary>
    public const int Enumerated = 10;

    /// <summary>UTF8String.</summary>
    public const int Utf8String = 12;

    /// <summary>SEQUENCE and SEQUENCE OF.</summary>
    public const int Sequence = 16;

    /// <summary>SET and SET OF.</summary>
    public const int Set = 17;

    /// <summary>NumericString.</summary>
    public const int NumericString = 18;

    /// <summary>PrintableString.</summary>
    public const int PrintableString = 19;

    /// <summary>TeletexString.</summary>
    public const int TeletexString = 20;

    /// <summary>IA5String.</summary>
    public const int Ia5String = 22;

    /// <summary>The highest tag number told apart; higher ones are legal, unknown, and read as this one.</summary>
    public const int NumberMax = 0x7F_FFFF;

    internal const int ConstructedBit = 0x20;
    internal const int HighNumber = 0x1F;

    /// <summary>This tag as the one integer that readers and writers take.</summary>
    public int Value => Of(Class, Number);

    /// <summary>Context tag <paramref name="number"/>.</summary>
    public static int Context(int number) => Of(2, number);

    /// <summary>Universal tag <paramref name="number"/>.</summary>
    public static int Universal(int number) => Of(0, number);

    /// <summary>Application tag <paramref name="number"/>.</summary>
    public static int Application(int number) => Of(1, number);

    /// <summary>The number of a tag that is one integer.</summary>
    public static int NumberOf(int tag) => (tag & HighNumber) == HighNumber ? tag >> 8 : tag & HighNumber;

    /// <summary>The class of a tag that is one integer: 0 universal, 1 application, 2 context, 3 private.</summary>
    public static int ClassOf(int tag) => (tag >> 6) & 3;

    /// <summary>The tag of a class and a number as one integer.</summary>
    public static int Of(int tagClass, int number) => number < HighNumber
        ? (tagClass << 6) | number
        : (number << 8) | (tagClass << 6) | HighNumber;
}
