using System.Globalization;
using Spectre.Console;

namespace Ccr.Demo;

/// <summary>Shows how far the transfers are: a bar for a person, a line now and then for a file.</summary>
internal sealed class Progress(bool json, int transfers)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly TextWriter _words = json ? Console.Error : Console.Out;

    public void Say(string words) => _words.WriteLine(words);

    /// <summary>Shows progress until the work has ended, and hands on its failure.</summary>
    public async Task ShowAsync(Tally tally, Task work)
    {
        if (json || Console.IsOutputRedirected)
        {
            await LinesAsync(tally, work).ConfigureAwait(false);
        }
        else
        {
            await AnsiConsole.Progress()
                .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
                .StartAsync(async context =>
                {
                    ProgressTask bar = context.AddTask("transfers", maxValue: transfers);
                    while (!work.IsCompleted)
                    {
                        bar.Value = tally.Ended;
                        bar.Description = Words(tally);
                        await Task.WhenAny(work, Task.Delay(Beat)).ConfigureAwait(false);
                    }

                    bar.Value = tally.Ended;
                    bar.Description = Words(tally);
                }).ConfigureAwait(false);
        }

        await work.ConfigureAwait(false);
    }

    private async Task LinesAsync(Tally tally, Task work)
    {
        int shown = 0;
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(Beat)).ConfigureAwait(false);
            int tenth = tally.Ended * 10 / transfers;
            if (tenth > shown)
            {
                shown = tenth;
                _words.WriteLine($"  {tenth * 10,3} %  {Words(tally)}");
            }
        }
    }

    private static string Words(Tally tally) => string.Create(
        CultureInfo.InvariantCulture, $"{tally.Ended} transfers, {tally.Kills} kills, {tally.Retried} retried");
}
