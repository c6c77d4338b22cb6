namespace Ccr.Protocol.Names;

/// <summary>The random 128 bits that an atomic-action log got when it was made (SEM-6).</summary>
public readonly record struct LogIdentity(UInt128 Value)
{
    /// <summary>Octets on the wire and in the log.</summary>
    public const int Octets = 16;

    /// <summary>Reads 16 octets, big-endian.</summary>
    public static LogIdentity Read(ReadOnlySpan<byte> octets) =>
        new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(octets));

    /// <summary>Writes 16 octets, big-endian.</summary>
    public void Write(Span<byte> octets) =>
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(octets, Value);

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", null);
}

/// <summary>Who a manager is: its node, its log, and which start of that log this is (SEM-6).</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Log">The identity of its log.</param>
/// <param name="Epoch">1 for the log's first start, one more for each that follows.</param>
public sealed record ManagerIdentity(NodeName Node, LogIdentity Log, uint Epoch)
{
    /// <summary>"tokyo (log 1f2e..., epoch 3)".</summary>
    public override string ToString() => $"{Node} (log {Log.ToString()[..8]}, epoch {Epoch})";
}
