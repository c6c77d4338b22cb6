using Ccr.Artemis.Processes.Support;
using Ccr.Client;

namespace Ccr.Artemis.Processes;

/// <summary>
/// Unmodified programs, killed at random moments and restarted twice: output and files are those of a run without
/// interruption, to the octet.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ProgramTests
{
    private const int TakesMost = 20;
    private const int MostRefused = 5;

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
    public Task Killed_twice_it_ends_as_if_nothing_had_happened(string name)
    {
        Random random = new(name.Length);
        return Trial.RunAsync((work, times) => Prepare(name, work, times), async (program, work) =>
        {
            program.OpensAndCloses = name.Contains("on disk", StringComparison.Ordinal);
            Task PartAsync() => work.PartAsync(random, 0.03, 0.12); // whatever the machine is like
            await PartAsync();
            await TakeAsync(program);
            await PartAsync();
            (int Threads, string Descriptors) before = await TakeAsync(program);
            await PartAsync();
            await program.KillAsync();

            await program.RestartAsync();
            Assert.Equal(before, program.Counts());
            await PartAsync();
            before = await TakeAsync(program); // an increment again
            Assert.False(program.Report.Checkpoints[^1].Figures.IsFull);
            await PartAsync();
            await program.KillAsync();

            await program.RestartAsync();
            Assert.Equal(before, program.Counts());
        });
    }

    [Theory]
    [InlineData("perl")]
    [InlineData("bash")]
    public async Task A_handler_of_signals_is_there_after_the_restart(string name)
    {
        using Work work = new();
        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + Prepare(name, work, times: 2));
        await Moment.AfterAsync(300);
        await program.TakeAsync();
        await program.KillAsync();
        await program.RestartAsync();

        Assert.Equal(0, Signals.Send(program.Pid, Signals.User1));
        Assert.Equal(42, await program.EndAsync());
    }

    [Fact]
    public async Task Without_rollback_of_files_a_database_is_damaged()
    {
        bool goesOn = false;
        for (int trial = 0; !goesOn && trial < MostRefused; trial++)
        {
            goesOn = await WithoutRollbackOfFilesAsync();
        }

        Assert.True(goesOn, $"{MostRefused} checkpoints in a row had a journal open that was gone");
    }

    /// <summary>The control of the tests above, which end equal; false if the checkpoint could not go on.</summary>
    private static async Task<bool> WithoutRollbackOfFilesAsync()
    {
        bool goesOn = false;
        await Trial.RunAsync(
            (work, times) => Prepare("sqlite3 on disk, delete", work, times),
            async (program, work) =>
            {
                await Moment.AfterAsync((int)(work.TookMs * 0.25));
                await program.TakeAsync();
                await Moment.AfterAsync((int)(work.TookMs * 0.35));
                await program.KillAsync();
                goesOn = await WithoutFilesAsync(program);
            },
            async trialled =>
            {
                if (goesOn)
                {
                    await trialled.Program.EndAsync();
                    Assert.NotEqual(trialled.Expected, trialled.Work.Left());
                }
            });
        return goesOn;
    }

    /// <summary>False if a journal that was open at the checkpoint is gone: then it cannot even begin.</summary>
    private static async Task<bool> WithoutFilesAsync(Jacketed program)
    {
        try
        {
            await program.RestartAsync(restoresFiles: false);
            return true;
        }
        catch (CheckpointFailedException refused)
        {
            Assert.Contains("-journal cannot be opened again", refused.Message, StringComparison.Ordinal);
            return false;
        }
    }

    [Fact]
    public Task A_damaged_page_is_refused_and_an_older_checkpoint_goes_on() => Trial.RunAsync(
        (work, times) => Prepare("perl", work, times),
        async (program, _) =>
        {
            await Moment.AfterAsync(200);
            await program.TakeAsync();
            await Moment.AfterAsync(200);
            await program.TakeAsync();
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
        });

    /// <summary>Its input, for so many times the work; its command.</summary>
    internal static string Prepare(string name, Work work, int times)
    {
        switch (name)
        {
            case "bc":
                work.Write("in.bc", Programs.BcLoop(times) + "quit\n");
                return "bc -q in.bc > output 2>&1";
            case "gawk":
                return $"gawk '{Programs.Gawk(times)}' > output 2>&1";
            case "gzip":
                work.Write("text", Programs.Text(times * (24 << 20)));
                return "gzip -n -9 < text > output";
            case "perl":
                work.Write("p.pl", Programs.Perl(times));
                return "perl p.pl > output 2>&1";
            case "bash":
                work.Write("b.sh", Programs.Bash(times));
                return "bash b.sh > output 2>&1";
            case "python3":
                work.Write("p.py", Programs.Python(times));
                return "python3 p.py > output 2>&1";
            case "python3 with threads":
                work.Write("p.py", Programs.PythonThreads(times));
                return "python3 p.py > output 2>&1";
            case "sqlite3 in memory":
                work.Write("in.sql", Programs.SqliteMemory(times));
                return "sqlite3 :memory: < in.sql > output 2>&1";
            case "sqlite3 on disk, delete":
                work.Write("in.sql", Programs.SqliteFile("delete", times));
                return "sqlite3 base.db < in.sql > output 2>&1";
            case "sqlite3 on disk, wal":
                work.Write("in.sql", Programs.SqliteFile("wal", times));
                return "sqlite3 base.db < in.sql > output 2>&1";
            case "xz -T2":
                work.Write("text", Programs.Text(times * (9 << 20)));
                return "xz -T2 -6 --block-size=1MiB < text > output";
            default:
                work.Write("text", Programs.Text(times * (40 << 20)));
                return "pigz -9 -n -p3 < text > output";
        }
    }

    /// <summary>
    /// A checkpoint that has to succeed; what the program had open then. One that just begins its threads is asked
    /// again.
    /// </summary>
    internal static async Task<(int Threads, string Descriptors)> TakeAsync(Jacketed program)
    {
        for (int tries = 1; ; tries++)
        {
            (int Threads, string Descriptors) before = program.Counts();
            await program.TakeAsync();
            (int Threads, string Descriptors) counts = program.Counts();
            if (before == counts)
            {
                Assert.Equal(program.Report.Checkpoints[^1].Figures.Threads, counts.Threads);
                return counts;
            }

            Assert.True(tries < TakesMost, $"it had {before}, then {counts}");
        }
    }
}
