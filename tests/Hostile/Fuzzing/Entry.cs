namespace Ccr.Hostile.Fuzzing;

/// <summary>One input that is worth changing, and the decoder that it is for.</summary>
internal sealed class Entry(int decoder, byte[] octets)
{
    public int Decoder { get; } = decoder;

    public byte[] Octets { get; } = octets;

    public Element[] Elements { get; } = Element.Of(octets);
}
