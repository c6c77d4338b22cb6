using System.Reflection;

namespace Ccr.Ledger;

/// <summary>Where evidence comes from, and where it is kept.</summary>
internal static class Book
{
    private static readonly string Root = typeof(Book).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>The page.</summary>
    public static string PagePath { get; } = Path.Combine(Root, "docs", "TESTING.md");

    private static string Artifacts { get; } =
        Environment.GetEnvironmentVariable("CCR_ARTIFACTS") is { Length: > 0 } set
            ? set
            : Path.Combine(Root, "artifacts");

    /// <summary>Takes over what the last run of a kind (test, soak) left, each run in place of its last.</summary>
    /// <returns>How many runs.</returns>
    public static int Note(string kind)
    {
        string left = Path.Combine(Artifacts, kind, "evidence");
        if (!Directory.Exists(left))
        {
            return 0;
        }

        string[] files = Directory.GetFiles(left, "*.json");
        string kept = Directory.CreateDirectory(Path.Combine(Root, "docs", "evidence", kind)).FullName;
        foreach (string file in files)
        {
            Entry.Read(file);
            File.Copy(file, Path.Combine(kept, Path.GetFileName(file)), overwrite: true);
        }

        return files.Length;
    }

    /// <summary>The page that the kept evidence gives.</summary>
    public static string Render() => Page.Render(Kept("test"), Kept("soak"));

    private static List<Entry> Kept(string kind)
    {
        string folder = Path.Combine(Root, "docs", "evidence", kind);
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(Entry.Read)]
            : [];
    }
}
