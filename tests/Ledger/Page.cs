using System.Text;

namespace Ccr.Ledger;

/// <summary>docs/TESTING.md: how the product is attacked, and what the runs did. A program writes all of it.</summary>
internal static class Page
{
    private static readonly string[] Layers =
        [
            "model", "explorer", "simulator", "teeth", "log-damage", "processes", "databases", "histories",
            "hostile-bytes", "artemis",
        ];

    /// <summary>The page.</summary>
    /// <param name="test">What <c>./ccr test</c> left.</param>
    /// <param name="soak">What <c>./ccr soak</c> left.</param>
    public static string Render(IReadOnlyList<Entry> test, IReadOnlyList<Entry> soak)
    {
        StringBuilder page = new(Introduction);
        Table(page, "## The last `./ccr test` that was noted", test);
        Table(page, "## The last `./ccr soak` that was noted", soak);
        page.Append(Closing);
        return page.ToString();
    }

    private static void Table(StringBuilder page, string title, IReadOnlyList<Entry> entries)
    {
        page.Append('\n').Append(title).Append("\n\n");
        if (entries.Count == 0)
        {
            page.Append("No run was noted yet.\n");
            return;
        }

        page.Append("| layer | run | what it did | what it found | seconds | commit | day |\n");
        page.Append("|---|---|---|---|---|---|---|\n");
        foreach (Entry entry in entries
            .OrderBy(e => Array.IndexOf(Layers, e.Layer))
            .ThenBy(e => e.Part, StringComparer.Ordinal))
        {
            page.Append(entry.Row()).Append('\n');
        }
    }

    private const string Introduction = """
        # How Ccr is attacked

        A transaction manager is picked because it was attacked harder than a data centre will attack it. These are
        the attacks, and what they did. The tables are written by `./ccr ledger` from what the runs left in
        [evidence](evidence); a test compares this page with them. A "+" behind a commit: files had changed since.

        | layer | what it is | by hand |
        |---|---|---|
        | model | our profile of CCR in Promela, explored by Spin; mutants that it must kill | `tests/Model/README.md` |
        | explorer | the real core: every delivery, loss, crash, deadline, refusal | group `Explorer.Tests` |
        | simulator | whole nodes on a simulated clock, network and disk | `./ccr sim SEED` |
        | teeth | known faults in a copy of the source, one by one: found, and [how soon](TEETH.md)? | `./ccr teeth` |
        | log-damage | truncations, flipped bits, torn writes, failed calls of a small log | group `LogDamage` |
        | processes | kill -9 at each system call, random kills, partitions, full disks | group `Attack` |
        | databases | kill -9 of application, manager and database at each step of an action | group `DatabaseAttack` |
        | histories | what Clients asked and were told: money, cycles | group `Histories.Tests` |
        | hostile-bytes | property tests, a second decoder, coverage-guided fuzzing | group `Hostile` |
        | artemis | programs under the jacket, killed at random times and restarted | group `Artemis.Processes` |

        A group runs by `./ccr test --group NAME`.

        What must hold is in [FAULT-MODEL.md](FAULT-MODEL.md), as rules with numbers; the code of the rules is
        `tests/Invariants`. Faults that these layers found in our code: [BUGS-FOUND.md](BUGS-FOUND.md).

        """;

    private const string Closing = """

        ## How to add to it

        `./ccr test && ./ccr ledger` notes a test run, `./ccr soak && ./ccr ledger` a soak; commit `docs/evidence` and
        this page with it. A layer notes its run with `Ccr.Evidence`: only what it counted itself.

        """;
}
