using System.CommandLine;
using Spectre.Console;

namespace Ccr.Ccrctl.Commands;

/// <summary>A bar for what takes long, on the error stream of a terminal; nothing where nobody looks.</summary>
internal static class ArtemisProgress
{
    /// <summary>Does work that tells how many octets it has done.</summary>
    public static async Task<T> ShowAsync<T>(
        ArtemisOptions options, ParseResult parse, string what, Func<long> all, Func<Action<long>?, Task<T>> work)
    {
        if (!options.Terminal.IsInteractive || options.Context.WantsJson(parse))
        {
            return await work(null);
        }

        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(options.Terminal.Error) });
        return await console.Progress().AutoClear(true).StartAsync(async progress =>
        {
            ProgressTask bar = progress.AddTask(what, maxValue: Math.Max(1, all()));
            return await work(done => bar.Value = done);
        });
    }
}
