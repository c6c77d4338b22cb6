using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Ccr.Model;

/// <summary>Each seeded mistake of the protocol is found, by the invariant that speaks of it.</summary>
public sealed partial class MutantsTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Category", "Slow")]
    public void Every_seeded_mistake_is_found()
    {
        var evidence = new Evidence.Evidence("model", "mutants");
        var table = new StringBuilder("| mutant | what | found by | states | seconds |\n|---|---|---|---|---|\n");
        List<string> missed = [];
        foreach (IGrouping<string, Mutant> group in Mutant.All.GroupBy(m => m.Defines))
        {
            using var pan = new Pan(group.Key);
            foreach (Mutant mutant in group)
            {
                Found found = pan.Search("", mutant.Number);
                table.AppendLine(CultureInfo.InvariantCulture,
                    $"| {mutant.Number} | {mutant.What} | {found.Broken} | {found.States} | {found.Seconds:F2} |");
                if (found.Rule is null || !mutant.Rules.Contains(found.Rule))
                {
                    missed.Add($"{mutant.Number} ({mutant.What}): {found.Broken ?? "not found"}");
                }
            }
        }

        output.WriteLine(table.ToString());
        WriteTable(table.ToString());
        evidence.Count("seeded", Mutant.All.Count).Count("killed", Mutant.All.Count - missed.Count).Write();
        Assert.True(missed.Count == 0, string.Join('\n', missed));
    }

    [Fact]
    public void Each_seeded_mistake_stands_in_the_list_and_in_the_model()
    {
        string model = string.Concat(Directory.GetFiles(Sources.Folder, "*.h").Select(File.ReadAllText));
        int[] seeded = [.. Seeded().Matches(model).Select(m => int.Parse(m.Groups[1].ValueSpan)).Distinct().Order()];
        Assert.Equal(seeded, Mutant.All.Select(m => m.Number).Order());
        Assert.True(seeded.Length >= 20);
    }

    private static void WriteTable(string table)
    {
        if (Environment.GetEnvironmentVariable("CCR_EVIDENCE") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "model.mutants.md"), table);
        }
    }

    [GeneratedRegex(@"mutant\((\d+)\)")]
    private static partial Regex Seeded();
}
