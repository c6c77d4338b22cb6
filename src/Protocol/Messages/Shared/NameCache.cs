using System.Text;
using System.Text.Unicode;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>
/// Names of Servers and nodes, and titles, that were met lately: meeting them again allocates nothing. Bounded: a
/// new one takes the place of another. Slots hold immutable strings and are read and written whole, so threads may
/// share them; titles are kept by each thread for itself.
/// </summary>
internal static class NameCache
{
    private const int Slots = 256;
    private static readonly string?[] Names = new string?[Slots];

    [ThreadStatic]
    private static AeTitleCache? s_titles;

    internal static AeTitleCache Titles => s_titles ??= new AeTitleCache();

    /// <summary>The text of these octets; false when they are empty or no UTF-8.</summary>
    internal static bool TryGet(ReadOnlySpan<byte> octets, out string name)
    {
        name = "";
        if (octets.IsEmpty)
        {
            return false;
        }

        ref string? slot = ref Names[StableHash.Of(octets) % Slots];
        string? known = slot;
        if (known is not null && Ascii.Equals(octets, known))
        {
            name = known;
            return true;
        }

        if (!Utf8.IsValid(octets))
        {
            return false;
        }

        name = Encoding.UTF8.GetString(octets);
        slot = name;
        return true;
    }
}
