using Ccr.Hostile.Targets;

namespace Ccr.Hostile;

/// <summary>A line of asn1/vectors/hostile/decoders.txt.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Decoder">The decoder that it is for.</param>
/// <param name="Octets">The octets.</param>
/// <param name="Verdict">What the decoder says of them, or "good".</param>
internal sealed record HostileVector(string Name, int Decoder, byte[] Octets, string Verdict);

/// <summary>Octets that somebody hostile would send.</summary>
internal static class HostileVectors
{
    public static IReadOnlyList<HostileVector> All() =>
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", "hostile", "decoders.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 5))
            .Select(f => new HostileVector(f[0], NumberOf(f[1]), Convert.FromHexString(f[3]), f[2])),
    ];

    private static int NumberOf(string decoder)
    {
        for (int i = 0; i < Decoders.Names.Count; i++)
        {
            if (Decoders.Names[i] == decoder)
            {
                return i;
            }
        }

        throw new FormatException($"No decoder is called '{decoder}'.");
    }
}
