using System.Globalization;

namespace Ccr.Model;

/// <summary>A mistake that is seeded into the model: it must be found.</summary>
/// <param name="Number">Its number in the model's sources: <c>mutant(7)</c>.</param>
/// <param name="Rules">The invariants that may find it, by name; which comes first depends on the search.</param>
/// <param name="Defines">The smallest configuration in which it can do harm.</param>
/// <param name="What">The mistake, in words.</param>
internal sealed record Mutant(int Number, string[] Rules, string Defines, string What)
{
    /// <summary>The list, read from mutants.txt beside the model.</summary>
    public static IReadOnlyList<Mutant> All { get; } =
    [
        .. File.ReadLines(Path.Combine(Sources.Folder, "mutants.txt"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(Read),
    ];

    private static Mutant Read(string line)
    {
        string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
        return new Mutant(
            int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1].Split(' '), parts[2], parts[3]);
    }
}
