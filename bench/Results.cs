using System.Text.Json;

namespace Ccr.Bench;

/// <summary>`--save`: bench/results/NAME.json, the figures with the machine that they were taken on.</summary>
internal static class Results
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static string? Save(string name, Machine machine, IReadOnlyList<Figure> figures)
    {
        string? folder = FindFolder();
        if (folder is null)
        {
            return null;
        }

        string path = Path.Combine(folder, name + ".json");
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", null);
        File.WriteAllText(path, JsonSerializer.Serialize(new { date, machine, figures }, Indented) + "\n");
        return path;
    }

    /// <summary>The folder of this checkout: above the current folder, or above the program.</summary>
    internal static string Checkout() => FindFolder() is { } results
        ? Path.GetFullPath(Path.Combine(results, "..", ".."))
        : throw new InvalidOperationException("This figure needs the sources: run it inside a checkout.");

    private static string? FindFolder() => new[] { Environment.CurrentDirectory, AppContext.BaseDirectory }
        .SelectMany(start => Above(new DirectoryInfo(start)))
        .Select(folder => Path.Combine(folder, "bench", "results"))
        .FirstOrDefault(Directory.Exists);

    private static IEnumerable<string> Above(DirectoryInfo? folder)
    {
        for (; folder is not null; folder = folder.Parent)
        {
            yield return folder.FullName;
        }
    }
}
