using System.Globalization;
using System.Text;

namespace Ccr.Teeth;

/// <summary>How long each seeded fault lived, for people: docs/TEETH.md.</summary>
internal static class Page
{
    private const string Introduction = """
        # Seeded faults, and how soon each is found

        Written by a run: `./ccr teeth --page docs/TEETH.md`.

        Each fault is put into a copy of the source by a file of [tests/Teeth/faults](../tests/Teeth/faults), switched
        on alone, and hunted by one layer of the verification until that fails. Without any fault the same hunters pass.
        The seconds hold the start of the hunter's process, which runs beside another one.

        | seeded fault | what is wrong | hunted by | seconds |
        |---|---|---|---|

        """;

    /// <summary>The page.</summary>
    public static string Of(CampaignResult result)
    {
        StringBuilder page = new(Introduction);
        foreach (Catch one in result.Catches)
        {
            string seconds = one.Found ? one.Seconds.ToString("0.0", CultureInfo.InvariantCulture) : "not found";
            page.AppendLine(CultureInfo.InvariantCulture,
                $"| `{one.Fault.Name}` | {one.Fault.Says} | {Name(one.Fault.Hunter)} | {seconds} |");
        }

        return page.AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{result.Found} of {result.Catches.Count} found in {result.Seconds:0} s, build included.").ToString();
    }

    private static string Name(Hunter hunter) => hunter switch
    {
        Hunter.Simulator => "simulator",
        Hunter.Core => "AtomicActions.Tests",
        _ => "LogDamage",
    };
}
