using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ccr.Protocol.Names;

/// <summary>
/// An application-entity title: form 1 (a directory name) or form 2 (an object identifier), kept as the canonical
/// (DER) octets of the whole element, so that two titles are equal when their octets are
/// (ccr-standard.md 2.3, "comparison"). A node's title is form 1 with one RDN, CN=name (SEM-7).
/// </summary>
public sealed class AeTitle : IEquatable<AeTitle>
{
    // SEQUENCE { SET { SEQUENCE { OID 2.5.4.3 (commonName), UTF8String name } } }
    private const int NodeOverhead = 13;
    private static readonly byte[] CommonName = [0x06, 0x03, 0x55, 0x04, 0x03];

    private readonly byte[] _encoded;
    private readonly int _hash;

    private AeTitle(byte[] encoded)
    {
        _encoded = encoded;
        _hash = unchecked((int)StableHash.Of(encoded));
        Node = NodeOf(encoded);
    }

    /// <summary>The canonical octets of the AE-title element (30 ... for form 1, 06 ... for form 2).</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>The node whose title this is, or <c>default</c> when it is no node's (a foreign title).</summary>
    public NodeName Node { get; }

    /// <summary>The title of a node: form 1, CN=name.</summary>
    public static AeTitle Of(NodeName node)
    {
        if (node.IsNone)
        {
            throw new ArgumentException("A title needs a node's name.");
        }

        int length = node.Value.Length;
        byte[] encoded = new byte[NodeOverhead + length];
        encoded[0] = 0x30;
        encoded[1] = (byte)(length + 11);
        encoded[2] = 0x31;
        encoded[3] = (byte)(length + 9);
        encoded[4] = 0x30;
        encoded[5] = (byte)(length + 7);
        CommonName.CopyTo(encoded, 6);
        encoded[11] = 0x0C;
        encoded[12] = (byte)length;
        Encoding.ASCII.GetBytes(node.Value, encoded.AsSpan(NodeOverhead));
        return new AeTitle(encoded);
    }

    /// <summary>A title of octets that a decoder has checked and made canonical.</summary>
    public static AeTitle FromCanonical(ReadOnlySpan<byte> encoded) => new(encoded.ToArray());

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] AeTitle? other) =>
        other is not null && (ReferenceEquals(this, other) || _encoded.AsSpan().SequenceEqual(other._encoded));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AeTitle);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>The node's name, or "X" and the octets in hexadecimal.</summary>
    public override string ToString() => Node.IsNone ? "X" + Convert.ToHexStringLower(_encoded) : Node.Value;

    private static NodeName NodeOf(byte[] e)
    {
        bool shaped = e.Length > NodeOverhead && e[0] == 0x30 && e[2] == 0x31 && e[4] == 0x30
            && e.AsSpan(6, 5).SequenceEqual(CommonName) && e[11] == 0x0C && e[12] == e.Length - NodeOverhead;
        return shaped && NodeName.TryParse(Encoding.ASCII.GetString(e, NodeOverhead, e[12]), out NodeName node)
            ? node
            : default;
    }
}
