using System.Formats.Asn1;
using System.Numerics;

namespace Ccr.Asn1.Parsing;

internal enum TagDefault
{
    Explicit,
    Implicit,
    Automatic,
}

/// <summary>A parsed module: what is written, nothing looked up yet.</summary>
internal sealed record ModuleSyntax(
    string Name,
    TagDefault Tags,
    IReadOnlyDictionary<string, string> Imports,
    IReadOnlyDictionary<string, TypeSyntax> Types);

internal abstract record TypeSyntax(int Line);

internal sealed record ReferenceSyntax(string Name, int Line) : TypeSyntax(Line);

/// <summary>A tag; <c>Implicit</c> is null where the module's default decides.</summary>
internal sealed record TaggedSyntax(TagClass Class, int Number, bool? Implicit, TypeSyntax Inner, int Line)
    : TypeSyntax(Line);

internal sealed record ConstrainedSyntax(TypeSyntax Inner, BigInteger? Min, BigInteger? Max, bool Extensible, int Line)
    : TypeSyntax(Line);

/// <summary>A type without parts: INTEGER, BOOLEAN, strings, ... and BIT STRING with its named bits.</summary>
internal sealed record SimpleSyntax(Asn1Kind Kind, IReadOnlyList<NamedNumber> Named, int Line) : TypeSyntax(Line);

internal sealed record EnumeratedSyntax(IReadOnlyList<NamedNumber> Items, bool Extensible, int Line) : TypeSyntax(Line);

internal sealed record OfSyntax(Asn1Kind Kind, TypeSyntax Element, int Line) : TypeSyntax(Line);

/// <summary>SEQUENCE, SET or CHOICE: first root components, extension additions, second root components.</summary>
internal sealed record ComponentsSyntax(
    Asn1Kind Kind,
    IReadOnlyList<ComponentSyntax> Root,
    bool Extensible,
    IReadOnlyList<ComponentSyntax> Additions,
    IReadOnlyList<ComponentSyntax> SecondRoot,
    int Line) : TypeSyntax(Line);

internal sealed record ComponentSyntax(string Name, TypeSyntax Type, bool Optional, DefaultSyntax? Default);

/// <summary>A DEFAULT value: words (TRUE, an identifier, a number), in braces or not.</summary>
internal sealed record DefaultSyntax(bool Braced, IReadOnlyList<string> Words);
