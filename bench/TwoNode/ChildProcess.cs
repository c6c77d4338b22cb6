using System.Diagnostics;
using System.Globalization;

namespace Ccr.Bench.TwoNode;

/// <summary>A process of this very program with another part to play; ended when it is disposed.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _part;

    private ChildProcess(Process process, string part)
    {
        _process = process;
        _part = part;
    }

    /// <summary>Starts a part and waits until it says that it is ready.</summary>
    internal static async Task<ChildProcess> StartAsync(params string[] part)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "1";
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }

        start.ArgumentList.Add(Child.Verb);
        foreach (string word in part)
        {
            start.ArgumentList.Add(word);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("No process could be started.");
        var child = new ChildProcess(process, string.Join(' ', part));
        string line = await child.LineAsync().ConfigureAwait(false);
        return line == "ready" ? child : throw new InvalidOperationException($"{child._part}: {line}");
    }

    /// <summary>What a load measured: how many, and the median in nanoseconds.</summary>
    internal async Task<(long Count, double MedianNs)> MeasuredAsync()
    {
        string[] words = (await LineAsync().ConfigureAwait(false)).Split(' ');
        CultureInfo culture = CultureInfo.InvariantCulture;
        return (long.Parse(words[0], culture), double.Parse(words[1], culture));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private async Task<string> LineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(LongestWait).ConfigureAwait(false)
        ?? throw new InvalidOperationException($"The process '{_part}' ended: its reason stands above.");
}
