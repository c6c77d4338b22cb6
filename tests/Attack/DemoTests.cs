using System.Diagnostics;

namespace Ccr.Attack;

/// <summary>A quick look that this group's tools work: services that die with the one who started them.</summary>
public sealed class DemoTests
{
    private const int Services = 6;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task No_service_is_left_behind_when_the_demo_is_killed()
    {
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        string program = Path.Combine(bin, "Ccr.Demo", Path.GetFileName(here), "ccr-demo.dll");
        using Process demo = Process.Start(new ProcessStartInfo("dotnet", [program, "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string folder = "ccr-demo-" + demo.Id;
        int services = 0;
        try
        {
            await Until.HoldsAsync(
                () => Task.FromResult((services = CountOf(folder)) == Services),
                () => $"six services run: there are {services}", Limit);
        }
        finally
        {
            demo.Kill();
        }

        await Until.HoldsAsync(
            () => Task.FromResult((services = CountOf(folder)) == 0),
            () => $"no service of the killed demo is left: there are {services}", Limit);
        foreach (string parent in new[] { Path.GetDirectoryName(bin)!, "/var/tmp", Path.GetTempPath() })
        {
            string left = Path.Combine(parent, folder);
            if (Directory.Exists(left))
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    /// <summary>Processes with these words in their command line.</summary>
    private static int CountOf(string words) => Directory.GetDirectories("/proc").Count(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(words, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });
}
