using System.Reflection;

namespace Ccr.Teeth;

/// <summary>The checkout that this program was built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Ccr.sln, as the build noted it.</summary>
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>Every seeded fault, by name.</summary>
    public static IReadOnlyList<SeededFault> Faults(string repository) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(repository, "tests", "Teeth", "faults"), "*.fault")
            .Order(StringComparer.Ordinal)
            .Select(file => FaultFile.Parse(Path.GetFileNameWithoutExtension(file), File.ReadLines(file))),
    ];
}
