namespace Ccr.Protocol.Names;

/// <summary>
/// FNV-1a, 32 bits: the same in every process and on every machine, as the lane of an atomic action has to be
/// (asn1/CCR-Link.asn1). The runtime's own hashes differ from process to process.
/// </summary>
public static class StableHash
{
    private const uint OffsetBasis = 2166136261;
    private const uint Prime = 16777619;

    /// <summary>Hashes octets, going on from <paramref name="seed"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> octets, uint seed = OffsetBasis)
    {
        uint hash = seed;
        foreach (byte b in octets)
        {
            hash = (hash ^ b) * Prime;
        }

        return hash;
    }
}
