namespace Ccr.Asn1;

/// <summary>Where in a value something is, for the sentences about what is wrong.</summary>
internal sealed class Asn1Path
{
    private const int DepthMax = 64;
    private readonly Asn1Path? _parent;
    private readonly string _step;
    private readonly int _depth;

    private Asn1Path(Asn1Path? parent, string step)
    {
        _parent = parent;
        _step = step;
        _depth = (parent?._depth ?? 0) + 1;
    }

    internal static Asn1Path Root(Asn1Type type) => new(null, type.Name);

    internal Asn1Path Child(string name) => Deeper("." + name);

    internal Asn1Path Item(int index) => Deeper($"[{index}]");

    internal Asn1Exception Error(string what) => new($"{this}: {what}.");

    internal Asn1Exception Error(string what, Exception inner) => new($"{this}: {what}.", inner);

    public override string ToString() => _parent + _step;

    private Asn1Path Deeper(string step) => _depth < DepthMax
        ? new Asn1Path(this, step)
        : throw Error($"more than {DepthMax} levels stand inside one another");
}
