using System.Globalization;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// A program of many small steps, each of which it tells: a line, a counter that is written in place, and memory. It
/// waits between them as long as a file says, so that a test with many kills need not hurry, nor wait for its end.
/// </summary>
internal sealed class Stepping : IDisposable
{
    internal const string Command = "perl steps.pl > output 2>&1";
    private const string PaceFile = "pace";
    private const int Steps = 2000;
    private const int WaitMs = 15;

    private static readonly string Program = string.Create(CultureInfo.InvariantCulture, $$"""
        use strict; $| = 1;
        open(my $counter, '+>', 'counter') or die;
        select((select($counter), $| = 1)[0]);
        my (%seen, $sum);
        for my $i (1 .. {{Steps}}) {
            for my $j (1 .. 150) {
                my $n = ($i * 7919 + $j * 104729) % 5003;
                $seen{$n} = substr(($seen{$n} // '') . chr(65 + $i % 26), -12);
                $sum = (($sum // 0) * 31 + $n + ord($seen{$n})) % 1000003;
            }
            seek($counter, 0, 0);
            printf $counter "%06d %d\n", $i, $sum;
            print "$i $sum\n";
            open(my $pace, '<', '{{PaceFile}}') or die;
            my $wait = <$pace> // 0;
            select(undef, undef, undef, $wait / 1000) if $wait > 0;
        }
        """);

    private Stepping(Work work) => Work = work;

    internal Work Work { get; }

    /// <summary>What it leaves behind without interruption.</summary>
    internal Dictionary<string, string> Expected { get; private set; } = [];

    /// <summary>The step that it has told last.</summary>
    internal int Told => File.Exists(Output) ? File.ReadLines(Output).Count() : 0;

    private string Output => Path.Combine(Work.Folder, Jacketed.Output);

    /// <summary>Lets it run once without interruption, and slowly from then on.</summary>
    internal static async Task<Stepping> PrepareAsync()
    {
        Stepping one = new(new Work());
        one.Work.Write("steps.pl", Program);
        one.Work.Write(PaceFile, "0");
        one.Expected = await one.Work.UninterruptedAsync(Command);
        one.Pace(WaitMs);
        return one;
    }

    /// <summary>From now on it goes to its end without waiting.</summary>
    internal void Hurry() => Pace(0);

    /// <summary>What it has left behind is what it leaves without interruption.</summary>
    internal void IsAsUninterrupted() =>
        Assert.Equal(Expected.OrderBy(f => f.Key), Work.Left().OrderBy(f => f.Key));

    public void Dispose() => Work.Dispose();

    private void Pace(int waitMs)
    {
        string fresh = Path.Combine(Work.Folder, PaceFile + ".again");
        File.WriteAllText(fresh, waitMs.ToString(CultureInfo.InvariantCulture));
        File.Move(fresh, Path.Combine(Work.Folder, PaceFile), overwrite: true);
    }
}
