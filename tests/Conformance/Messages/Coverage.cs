using Ccr.Asn1;

namespace Ccr.Conformance.Messages;

/// <summary>
/// Which alternatives, items and optional components were met, against all that a type can have. So a test that
/// draws values at random says by itself what it never drew.
/// </summary>
public sealed class Coverage
{
    private readonly HashSet<string> _met = [];
    private readonly HashSet<string> _all = [];

    public Coverage(Asn1Type type, bool sides)
    {
        Walk(type, []);
        _all.RemoveWhere(name => !sides && name is "Party-name.side" or "Side.sender" or "Side.receiver");
    }

    public IEnumerable<string> Missing => _all.Except(_met).Order(StringComparer.Ordinal);

    public int Count => _all.Count;

    public void Add(Asn1Value value)
    {
        switch (value)
        {
            case Asn1Choice choice:
                _met.Add($"{choice.Type.Name}.{choice.Alternative.Name}");
                Add(choice.Value);
                break;
            case Asn1Sequence sequence:
                foreach (Asn1Component component in sequence.Type.Components.Where(component => component.Optional))
                {
                    _met.Add($"{sequence.Type.Name}.{component.Name}?{sequence[component.Name] is not null}");
                    Absent(component, sequence);
                }

                sequence.Fields.ToList().ForEach(field => Add(field.Value));
                break;
            case Asn1List list:
                list.Items.ToList().ForEach(Add);
                break;
            case Asn1Enumerated item:
                _met.Add($"{item.Type.Name}.{item.Item}");
                break;
            default:
                break;
        }
    }

    // A default is left out: its absence is how it is met.
    private void Absent(Asn1Component component, Asn1Sequence sequence)
    {
        if (component.Default is { } value && sequence[component.Name] is null)
        {
            Add(value);
        }
    }

    private void Walk(Asn1Type type, HashSet<string> seen)
    {
        if (type.Element is { } element)
        {
            Walk(element, seen);
        }

        if (type.Kind is not (Asn1Kind.Choice or Asn1Kind.Sequence or Asn1Kind.Enumerated))
        {
            return;
        }

        bool anonymous = type.Name is "CHOICE" or "SEQUENCE" or "ENUMERATED";
        if (!anonymous && !seen.Add(type.Name))
        {
            return;
        }

        foreach (Asn1Component component in type.Components)
        {
            string name = $"{type.Name}.{component.Name}";
            _all.UnionWith(
                type.Kind == Asn1Kind.Choice ? [name] : component.Optional ? [$"{name}?True", $"{name}?False"] : []);
            Walk(component.Type, seen);
        }

        _all.UnionWith(type.Kind == Asn1Kind.Enumerated ? type.Named.Select(item => $"{type.Name}.{item.Name}") : []);
    }
}
