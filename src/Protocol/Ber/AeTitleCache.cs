using Ccr.Protocol.Names;

namespace Ccr.Protocol.Ber;

/// <summary>
/// The titles that one reader of frames met lately, so that meeting them again allocates nothing. Bounded: a new
/// title takes the place of another. Not for use by two threads at a time; give each connection its own.
/// </summary>
public sealed class AeTitleCache
{
    private const int Slots = 64;
    private readonly AeTitle?[] _titles = new AeTitle?[Slots];

    /// <summary>The title with these canonical octets, when it is here.</summary>
    public AeTitle? Find(ReadOnlySpan<byte> encoded)
    {
        AeTitle? title = _titles[SlotOf(encoded)];
        return title is not null && title.Encoded.SequenceEqual(encoded) ? title : null;
    }

    /// <summary>Keeps a title.</summary>
    public void Add(AeTitle title) => _titles[SlotOf(title.Encoded)] = title;

    // Nodes' titles differ in their length and their last octets.
    private static int SlotOf(ReadOnlySpan<byte> encoded)
    {
        int hash = encoded.Length;
        for (int i = int.Max(0, encoded.Length - 4); i < encoded.Length; i++)
        {
            hash = (hash * 31) + encoded[i];
        }

        return (hash ^ (hash >> 7)) & (Slots - 1);
    }
}
