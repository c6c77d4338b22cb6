using Ccr.Ccrctl.Charts;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Tests;

/// <summary>Charts as a person sees them, against files that a person has read.</summary>
public sealed class SequenceChartTests
{
    private static readonly AtomicActionId Action =
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(1, 42));

    [Fact]
    public void The_normal_sequence_is_drawn_as_in_figure_7() => AssertGolden("normal.txt", Normal());

    [Fact]
    public void A_recovery_shows_the_pause_and_c_recover() => AssertGolden("recovered.txt", Recovered());

    [Fact]
    public void No_event_gives_no_chart() => Assert.Equal("", SequenceChart.Render([]));

    [Fact]
    public void A_message_recorded_at_both_ends_stands_once_and_where_it_was_sent()
    {
        TraceEvent sent = At(10, "tokyo", "manager tokyo", "manager osaka", "C-PREPARE-RI");
        TraceEvent received = At(12, "osaka", "manager tokyo", "manager osaka", "C-PREPARE-RI");
        TraceEvent lost = At(20, "osaka", "manager tokyo", "manager osaka", "C-COMMIT-RI");
        Assert.Equal([sent, lost], TraceOrder.Of([lost, received, sent]));
    }

    private static IEnumerable<TraceEvent> Normal() =>
    [
        At(0, "tokyo", "client", "manager tokyo", "TransOpen"),
        At(120, "tokyo", "manager tokyo", "manager osaka", "C-BEGIN-RI"),
        At(130, "tokyo", "manager tokyo", "server tokyo.files", "Begin"),
        At(240, "osaka", "manager osaka", "server osaka.files", "Begin"),
        At(300, "tokyo", "server tokyo.files", "manager tokyo", "Begun"),
        At(410, "osaka", "server osaka.files", "manager osaka", "Begun"),
        At(430, "osaka", "manager osaka", "manager tokyo", "C-BEGIN-RC"),
        At(520, "tokyo", "manager tokyo", "client", "TransOpenAck"),
        At(1900, "tokyo", "client", "manager tokyo", "TransClose"),
        At(1950, "tokyo", "manager tokyo", "manager osaka", "C-PREPARE-RI"),
        At(1960, "tokyo", "manager tokyo", "server tokyo.files", "Prepare"),
        At(2050, "osaka", "manager osaka", "server osaka.files", "Prepare"),
        At(2300, "tokyo", "server tokyo.files", "manager tokyo", "Ready"),
        At(2400, "osaka", "server osaka.files", "manager osaka", "Ready"),
        At(2460, "osaka", "manager osaka", "manager osaka", "log-ready forced"),
        At(2470, "osaka", "manager osaka", "manager tokyo", "C-READY-RI"),
        At(2600, "tokyo", "manager tokyo", "manager tokyo", "log-commit forced"),
        At(2610, "tokyo", "manager tokyo", "manager osaka", "C-COMMIT-RI"),
        At(2620, "tokyo", "manager tokyo", "server tokyo.files", "Commit"),
        At(2750, "osaka", "manager osaka", "server osaka.files", "Commit"),
        At(2900, "tokyo", "server tokyo.files", "manager tokyo", "DoneCommit"),
        At(3000, "osaka", "server osaka.files", "manager osaka", "DoneCommit"),
        At(3050, "osaka", "manager osaka", "manager tokyo", "C-COMMIT-RC"),
        At(3200, "tokyo", "manager tokyo", "client", "DoneCommit"),
    ];

    private static IEnumerable<TraceEvent> Recovered() =>
    [
        .. Normal().SkipLast(5),
        At(2690, "tokyo", "manager tokyo", "manager osaka", "association lost"),
        At(2700, "osaka", "manager osaka", "manager osaka", "killed"),
        At(742_700, "osaka", "manager osaka", "manager osaka", "started again, epoch 2"),
        At(760_000, "tokyo", "manager tokyo", "manager osaka", "C-RECOVER-RI(commit)"),
        At(761_000, "osaka", "manager osaka", "server osaka.files", "Commit"),
        At(762_000, "osaka", "server osaka.files", "manager osaka", "DoneCommit"),
        At(763_000, "osaka", "manager osaka", "manager tokyo", "C-RECOVER-RC(done)"),
        At(764_000, "tokyo", "manager tokyo", "client", "DoneCommit"),
    ];

    private static TraceEvent At(long timeUs, string node, string from, string to, string what) =>
        new(Action, 1_700_000_000_000_000 + timeUs, NodeName.Parse(node), from, to, what);

    private static void AssertGolden(string file, IEnumerable<TraceEvent> events)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "charts", file);
        string drawn = SequenceChart.Render(events);
        if (Environment.GetEnvironmentVariable("CCR_REWRITE") is string folder)
        {
            File.WriteAllText(Path.Combine(folder, file), drawn);
        }

        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), drawn);
    }
}
