using System.Diagnostics.CodeAnalysis;

namespace Ccr.Protocol.Names;

/// <summary>
/// A node's name: 1 to 24 characters of <c>[a-z0-9-]</c>. It outlives the machine that the node runs on and
/// moves only with its complete log (SEM-6, SEM-7).
/// </summary>
public readonly record struct NodeName : IComparable<NodeName>
{
    private readonly string? _value;

    private NodeName(string value) => _value = value;

    /// <summary>The name itself; empty for <c>default</c>, which names no node.</summary>
    public string Value => _value ?? "";

    /// <summary>True when this is <c>default</c> and names no node.</summary>
    public bool IsNone => _value is null;

    /// <summary>Makes a name of a text that is known to be one.</summary>
    /// <exception cref="ArgumentException">The text is no node name; the message says what one is.</exception>
    public static NodeName Parse(string text) => TryParse(text, out NodeName name)
        ? name
        : throw new ArgumentException(
            $"'{text}' is not a node name: use 1 to {Limits.NodeNameOctetsMax} characters of a-z, 0-9 and '-'.");

    /// <summary>Makes a name of a text, or says that it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NodeName name)
    {
        name = default;
        if (text is null || text.Length is 0 or > Limits.NodeNameOctetsMax)
        {
            return false;
        }

        foreach (char c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
            {
                return false;
            }
        }

        name = new NodeName(text);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(NodeName other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    public static bool operator <(NodeName left, NodeName right) => left.CompareTo(right) < 0;

    public static bool operator <=(NodeName left, NodeName right) => left.CompareTo(right) <= 0;

    public static bool operator >(NodeName left, NodeName right) => left.CompareTo(right) > 0;

    public static bool operator >=(NodeName left, NodeName right) => left.CompareTo(right) >= 0;
}
