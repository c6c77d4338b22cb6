using Ccr.Artemis.Processes.Support;
using Ccr.Client;

namespace Ccr.Artemis.Processes;

/// <summary>
/// Unmodified programs, killed at random moments and restarted twice: output and files are those of a run without
/// interruption, to the octet.
/// </summary>
[Trait("Category", "Slow")]
[Collection(AtMoments.Name)]
public sealed class ProgramTests
{
    [Theory]
    [InlineData("bc")]
    [InlineData("gawk")]
    [InlineData("gzip")]
    [InlineData("perl")]
    [InlineData("bash")]
    [InlineData("python3")]
    [InlineData("sqlite3 in memory")]
    [InlineData("sqlite3 on disk, delete")]
    [InlineData("sqlite3 on disk, wal")]
    [InlineData("xz -T2")]
    [InlineData("pigz")]
    [InlineData("python3 with threads")]
    public async Task Killed_twice_it_ends_as_if_nothing_had_happened(string name)
    {
        using Work work = new();
        string command = Prepare(name, work);
        Dictionary<string, string> expected = await work.UninterruptedAsync(command);
        Random random = new(name.Length);
        int Part() => (int)(work.TookMs * (0.03 + (0.09 * random.NextDouble()))); // whatever the machine is like

        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + command);
        program.OpensAndCloses = name.Contains("on disk", StringComparison.Ordinal);
        await AfterAsync(Part());
        (int Threads, string Descriptors) before = await TakeAsync(program);
        await AfterAsync(Part());
        before = await TakeAsync(program);
        await AfterAsync(Part());
        await program.KillAsync();

        await program.RestartAsync();
        Same(before, program);
        await AfterAsync(Part());
        before = await TakeAsync(program); // an increment again
        Assert.False(program.Report.Checkpoints[^1].Figures.IsFull);
        await AfterAsync(Part());
        await program.KillAsync();

        await program.RestartAsync();
        Same(before, program);
        int code = await program.EndAsync();
        string said = File.ReadAllText(Path.Combine(work.Folder, Jacketed.Output + ".again"));
        Assert.True(code == 0, $"ended with {code}: {said}\n{string.Join('\n', program.Log)}");
        Assert.Equal(expected, work.Left());
    }

    [Theory]
    [InlineData("perl")]
    [InlineData("bash")]
    public async Task A_handler_of_signals_is_there_after_the_restart(string name)
    {
        using Work work = new();
        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + Prepare(name, work));
        await AfterAsync(300);
        await TakeAsync(program);
        await program.KillAsync();
        await program.RestartAsync();

        Assert.Equal(0, Signals.Send(program.Pid, Signals.User1));
        Assert.Equal(42, await program.EndAsync());
    }

    [Fact]
    public async Task Without_rollback_of_files_a_database_is_damaged()
    {
        using Work work = new();
        string command = Prepare("sqlite3 on disk, delete", work);
        Dictionary<string, string> expected = await work.UninterruptedAsync(command);
        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + command);
        await AfterAsync((int)(work.TookMs * 0.25));
        await TakeAsync(program);
        await AfterAsync((int)(work.TookMs * 0.35));
        await program.KillAsync();

        await program.RestartAsync(restoresFiles: false);
        await program.EndAsync();

        Assert.NotEqual(expected, work.Left()); // the control: with rollback it is equal, see above
    }

    [Fact]
    public async Task A_damaged_page_is_refused_and_an_older_checkpoint_goes_on()
    {
        using Work work = new();
        string command = Prepare("perl", work);
        Dictionary<string, string> expected = await work.UninterruptedAsync(command);
        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + command);
        await AfterAsync(200);
        await TakeAsync(program);
        await AfterAsync(200);
        await TakeAsync(program);
        await program.KillAsync();
        string newest = Directory.GetFiles(program.Folder.Segments).Max()!;
        byte[] octets = File.ReadAllBytes(newest);
        octets[WireWords.PageOctets + 1000] ^= 4;
        File.WriteAllBytes(newest, octets);

        VerifyReport verified = VerifyReport.Run(program.Folder, null, default);
        Assert.Equal([2], verified.Lost);
        Assert.True(verified.Octets > 0);
        CheckpointFailedException why =
            await Assert.ThrowsAsync<CheckpointFailedException>(() => program.RestartAsync());
        Assert.Contains(Path.GetFileName(newest), why.Message, StringComparison.Ordinal);

        await program.RestartAsync(at: 1);
        Assert.Equal(0, await program.EndAsync());
        Assert.Equal(expected, work.Left());
    }

    internal static string Prepare(string name, Work work)
    {
        switch (name)
        {
            case "bc":
                work.Write("in.bc", Programs.BcLoop + "quit\n");
                return "bc -q in.bc > output 2>&1";
            case "gawk":
                return $"gawk '{Programs.Gawk}' > output 2>&1";
            case "gzip":
                work.Write("text", Programs.Text(24 << 20));
                return "gzip -n -9 < text > output";
            case "perl":
                work.Write("p.pl", Programs.Perl);
                return "perl p.pl > output 2>&1";
            case "bash":
                work.Write("b.sh", Programs.Bash);
                return "bash b.sh > output 2>&1";
            case "python3":
                work.Write("p.py", Programs.Python);
                return "python3 p.py > output 2>&1";
            case "python3 with threads":
                work.Write("p.py", Programs.PythonThreads);
                return "python3 p.py > output 2>&1";
            case "sqlite3 in memory":
                work.Write("in.sql", Programs.SqliteMemory);
                return "sqlite3 :memory: < in.sql > output 2>&1";
            case "sqlite3 on disk, delete":
                work.Write("in.sql", Programs.SqliteFile("delete"));
                return "sqlite3 base.db < in.sql > output 2>&1";
            case "sqlite3 on disk, wal":
                work.Write("in.sql", Programs.SqliteFile("wal"));
                return "sqlite3 base.db < in.sql > output 2>&1";
            case "xz -T2":
                work.Write("text", Programs.Text(9 << 20));
                return "xz -T2 -6 --block-size=1MiB < text > output";
            default:
                work.Write("text", Programs.Text(40 << 20));
                return "pigz -9 -n -p3 < text > output";
        }
    }

    /// <summary>A checkpoint that has to succeed; what the program had open then.</summary>
    internal static async Task<(int Threads, string Descriptors)> TakeAsync(Jacketed program)
    {
        Assert.True(program.IsAlive, "the program ended too early for this test");
        CcrOutcome outcome = await program.CheckpointAsync();
        Assert.True(outcome.IsCommitted, outcome.ToString());
        (int Threads, string Descriptors) counts = program.Counts();
        Assert.Equal(program.Report.Checkpoints[^1].Figures.Threads, counts.Threads);
        // A database opens and closes its journal all the time: what is open now is not what was open then.
        return program.OpensAndCloses ? counts with { Descriptors = "" } : counts;
    }

    private static void Same((int Threads, string Descriptors) before, Jacketed program)
    {
        (int threads, string descriptors) = program.Counts();
        Assert.Equal(before, (threads, program.OpensAndCloses ? "" : descriptors));
    }

    /// <summary>Lets the program work for a while.</summary>
    internal static async Task AfterAsync(int ms)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(Math.Max(1, ms)));
        await timer.WaitForNextTickAsync();
    }
}
