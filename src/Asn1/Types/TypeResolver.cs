using System.Formats.Asn1;
using System.Numerics;
using Ccr.Asn1.Parsing;

namespace Ccr.Asn1;

/// <summary>
/// Looks up what the modules' types refer to, and settles their tags: IMPLICIT, EXPLICIT and AUTOMATIC
/// (X.680 24.7, 29.2, 31.2.7).
/// </summary>
internal sealed class TypeResolver
{
    private readonly Dictionary<string, ModuleSyntax> _modules;
    private readonly Dictionary<(string Module, string Name), Asn1Type?> _known = [];

    internal TypeResolver(IEnumerable<ModuleSyntax> modules)
    {
        _modules = modules.ToDictionary(module => module.Name);
    }

    /// <summary>Looks up everything at once, so that a mistake shows at loading.</summary>
    internal Dictionary<(string Module, string Name), Asn1Type> ResolveAll()
    {
        Dictionary<(string, string), Asn1Type> all = [];
        foreach (ModuleSyntax module in _modules.Values)
        {
            foreach (string imported in module.Imports.Keys)
            {
                Reference(module, imported, 0);
            }

            foreach (string name in module.Types.Keys)
            {
                all[(module.Name, name)] = Reference(module, name, 0);
            }
        }

        HashSet<Asn1Type> seen = [];
        foreach (Asn1Type type in all.Values)
        {
            Walk(type, seen);
        }

        return all;
    }

    private static void Walk(Asn1Type type, HashSet<Asn1Type> seen)
    {
        if (!seen.Add(type))
        {
            return;
        }

        foreach (Asn1Component component in type.Components)
        {
            Walk(component.Type, seen);
        }

        if (type.Element is { } element)
        {
            Walk(element, seen);
        }
    }

    private Asn1Type Reference(ModuleSyntax module, string name, int line)
    {
        if (name == "EXTERNAL")
        {
            return ExternalType.Instance;
        }

        (ModuleSyntax home, TypeSyntax syntax) = Find(module, name, line);
        if (_known.TryGetValue((home.Name, name), out Asn1Type? known))
        {
            return known ?? throw Error(module, syntax.Line, $"'{name}' is defined by itself");
        }

        _known[(home.Name, name)] = null;
        Asn1Type type = Resolve(home, syntax).WithName(name);
        _known[(home.Name, name)] = type;
        return type;
    }

    private (ModuleSyntax Home, TypeSyntax Syntax) Find(ModuleSyntax module, string name, int line)
    {
        if (module.Types.TryGetValue(name, out TypeSyntax? own))
        {
            return (module, own);
        }

        if (!module.Imports.TryGetValue(name, out string? from))
        {
            throw Error(module, line, $"the type '{name}' is neither defined nor imported");
        }

        if (!_modules.TryGetValue(from, out ModuleSyntax? home))
        {
            throw Error(module, line, $"'{name}' is imported from {from}, and there is no such module");
        }

        return home.Types.TryGetValue(name, out TypeSyntax? syntax)
            ? (home, syntax)
            : throw Error(module, line, $"'{name}' is imported from {from}, which does not define it");
    }

    private Asn1Type Resolve(ModuleSyntax module, TypeSyntax syntax) => syntax switch
    {
        ReferenceSyntax reference => Reference(module, reference.Name, reference.Line),
        TaggedSyntax tagged => Tag(
            Resolve(module, tagged.Inner),
            new Asn1Tag(tagged.Class, tagged.Number),
            tagged.Implicit ?? module.Tags != TagDefault.Explicit),
        ConstrainedSyntax constrained => Constrain(Resolve(module, constrained.Inner), constrained),
        SimpleSyntax simple => Universal(simple.Kind, new Asn1Shape([], null, simple.Named, -1)),
        EnumeratedSyntax items => Universal(
            Asn1Kind.Enumerated, new Asn1Shape([], null, items.Items, items.Extensible ? 0 : -1)),
        OfSyntax of => Universal(of.Kind, () => new Asn1Shape([], Resolve(module, of.Element), [], -1)),
        ComponentsSyntax components => Universal(components.Kind, () => Shape(module, components)),
        _ => throw new InvalidOperationException($"{syntax.GetType().Name} is no type."),
    };

    private static Asn1Type Constrain(Asn1Type inner, ConstrainedSyntax constraint) => constraint.Extensible
        ? inner
        : inner.Constrained(constraint.Min, constraint.Max);

    private static Asn1Type Universal(Asn1Kind kind, Asn1Shape shape) => Universal(kind, () => shape);

    private static Asn1Type Universal(Asn1Kind kind, Func<Asn1Shape> shape) =>
        new(Asn1Kinds.Keyword(kind), kind, Asn1Kinds.Tags(kind), new Lazy<Asn1Shape>(shape));

    // A tag before an untagged CHOICE is always explicit (X.680 31.2.7 c).
    private static Asn1Type Tag(Asn1Type type, Asn1Tag tag, bool isImplicit) =>
        type.Tagged(tag, isImplicit && type.Tags.Length > 0);

    private Asn1Shape Shape(ModuleSyntax module, ComponentsSyntax syntax)
    {
        bool automatic = module.Tags == TagDefault.Automatic
            && !syntax.Root.Concat(syntax.SecondRoot).Any(component => component.Type is TaggedSyntax);
        int rootCount = syntax.Root.Count + syntax.SecondRoot.Count;
        List<Asn1Component> components = [];
        Add(syntax.Root, 0, false);
        Add(syntax.Additions, rootCount, syntax.Kind != Asn1Kind.Choice);
        Add(syntax.SecondRoot, syntax.Root.Count, false);
        return new Asn1Shape(
            components, null, [], syntax.Extensible ? syntax.Root.Count + syntax.Additions.Count : -1);

        void Add(IReadOnlyList<ComponentSyntax> list, int firstTag, bool addition)
        {
            for (int i = 0; i < list.Count; i++)
            {
                Asn1Type type = Resolve(module, list[i].Type);
                if (automatic)
                {
                    type = Tag(type, new Asn1Tag(TagClass.ContextSpecific, firstTag + i), true);
                }

                Asn1Value? value = list[i].Default is { } text
                    ? Asn1Defaults.Value(type, text, what => Error(module, syntax.Line, what))
                    : null;
                components.Add(new Asn1Component(list[i].Name, type, list[i].Optional || addition, value));
            }
        }
    }

    private static Asn1Exception Error(ModuleSyntax module, int line, string what) =>
        new(line > 0 ? $"{module.Name}, line {line}: {what}." : $"{module.Name}: {what}.");
}
