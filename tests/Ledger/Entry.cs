using System.Globalization;
using System.Text.Json;

namespace Ccr.Ledger;

/// <summary>What one run of one layer did, as <c>Ccr.Evidence</c> wrote it.</summary>
internal sealed record Entry(
    string Layer,
    string Part,
    string Commit,
    string When,
    double Seconds,
    IReadOnlyList<(string What, double Count)> Counts,
    IReadOnlyList<string> Found)
{
    /// <summary>Reads one file of evidence.</summary>
    /// <exception cref="FormatException">It is none; the message says which file.</exception>
    public static Entry Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            return new Entry(
                root.GetProperty("layer").GetString()!,
                root.GetProperty("part").GetString()!,
                root.GetProperty("commit").GetString()!,
                root.GetProperty("when").GetString()!,
                root.GetProperty("seconds").GetDouble(),
                [.. root.GetProperty("counts").EnumerateObject().Select(c => (c.Name, c.Value.GetDouble()))],
                [.. root.GetProperty("found").EnumerateArray().Select(f => f.GetString()!)]);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"{path} is no evidence of a run: {wrong.Message}", wrong);
        }
    }

    /// <summary>The row of the ledger.</summary>
    public string Row() => string.Create(CultureInfo.InvariantCulture,
        $"| {Layer} | {Part} | {Did()} | {Findings()} | {Seconds:0} | {Commit} | {When[..10]} |");

    private string Did() => string.Join("; ", Counts.Select(c => $"{Number(c.Count)} {c.What}"));

    private string Findings() => Found.Count == 0 ? "nothing" : string.Join("; ", Found).Replace('|', '/');

    private static string Number(double count) => count == Math.Floor(count)
        ? count.ToString("#,0", CultureInfo.InvariantCulture)
        : count.ToString("#,0.##", CultureInfo.InvariantCulture);
}
