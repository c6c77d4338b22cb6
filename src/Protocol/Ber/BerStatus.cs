namespace Ccr.Protocol.Ber;

/// <summary>What is wrong with octets that should have been BER.</summary>
public enum BerError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The octets end inside an element.</summary>
    Truncated,

    /// <summary>An identifier octet is not legal, or an element is primitive that must be constructed.</summary>
    BadTag,

    /// <summary>A length is not legal.</summary>
    BadLength,

    /// <summary>An element is longer than its limit.</summary>
    TooLong,

    /// <summary>More elements inside one another than <see cref="Limits.BerDepthMax"/>.</summary>
    TooDeep,

    /// <summary>An element's content is no value of its type.</summary>
    BadValue,

    /// <summary>An element stands where another is due, or none.</summary>
    UnexpectedElement,

    /// <summary>A mandatory element is missing.</summary>
    MissingElement,

    /// <summary>A list is longer than its limit.</summary>
    TooManyItems,

    /// <summary>Octets follow the value.</summary>
    TrailingOctets,

    /// <summary>An alternative of a CHOICE that this version does not know.</summary>
    UnknownAlternative,
}

/// <summary>
/// How a decoding went. It lives on the caller's stack and all readers of one decoding share it; the first error
/// stays.
/// </summary>
public struct BerStatus : IEquatable<BerStatus>
{
    /// <summary>What went wrong, or <see cref="BerError.None"/>.</summary>
    public BerError Error { get; set; }

    /// <summary>The octet at which it went wrong, counted from the start of the frame.</summary>
    public int Position { get; set; }

    /// <summary>True while nothing went wrong.</summary>
    public readonly bool Ok => Error == BerError.None;

    /// <inheritdoc/>
    public readonly bool Equals(BerStatus other) => Error == other.Error && Position == other.Position;

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is BerStatus other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => ((int)Error * 31) + Position;

    /// <summary>A sentence for people, for example "At octet 12: the octets end inside an element."</summary>
    public override readonly string ToString() => Error == BerError.None
        ? "The octets are well-formed."
        : $"At octet {Position}: {Describe(Error)}.";

    public static bool operator ==(BerStatus left, BerStatus right) => left.Equals(right);

    public static bool operator !=(BerStatus left, BerStatus right) => !left.Equals(right);

    private static string Describe(BerError error) => error switch
    {
        BerError.Truncated => "the octets end inside an element",
        BerError.BadTag => "the identifier octets are not legal here",
        BerError.BadLength => "the length octets are not legal",
        BerError.TooLong => "the element is longer than its limit",
        BerError.TooDeep => $"more than {Limits.BerDepthMax} elements stand inside one another",
        BerError.BadValue => "the content is no value of the element's type",
        BerError.UnexpectedElement => "this element is not expected here",
        BerError.MissingElement => "a mandatory element is missing",
        BerError.TooManyItems => "the list is longer than its limit",
        BerError.TrailingOctets => "octets follow the end of the value",
        BerError.UnknownAlternative => "this version does not know the alternative",
        _ => "nothing is wrong",
    };
}
