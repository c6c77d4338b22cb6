using System.Diagnostics;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// A folder that a program works in: run there without interruption, or under the jacket, from the same state.
/// </summary>
internal sealed class Work : IDisposable
{
    private const int SaidMost = 4000;
    private readonly Dictionary<string, byte[]> _inputs = [];

    internal Work() => Folder = Directory.CreateTempSubdirectory("ccr-w").FullName;

    internal string Folder { get; }

    /// <summary>How long the run without interruption took.</summary>
    internal double TookMs { get; private set; }

    internal void Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    internal void Write(string name, byte[] content)
    {
        _inputs[name] = content;
        File.WriteAllBytes(Path.Combine(Folder, name), content);
    }

    /// <summary>Runs a command of the shell without interruption; what it leaves behind.</summary>
    internal async Task<Dictionary<string, string>> UninterruptedAsync(string command)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec " + command])
        {
            WorkingDirectory = Folder,
            Environment = { ["PATH"] = "/usr/bin:/bin" },
        };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        Assert.Equal(0, process.ExitCode);
        TookMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        Dictionary<string, string> left = Left();
        Clear();
        return left;
    }

    /// <summary>Every file but the inputs, by the hash of its content.</summary>
    internal Dictionary<string, string> Left() => Directory.GetFiles(Folder)
        .Where(path => !_inputs.ContainsKey(Path.GetFileName(path)))
        .Where(path => !path.EndsWith(".again", StringComparison.Ordinal))
        .ToDictionary(
            path => Path.GetFileName(path),
            path =>
            {
                byte[] content = File.ReadAllBytes(path);
                return $"{content.Length} octets, {PageHash.Of(content):x32}";
            });

    /// <summary>The end of what the program printed, before its restarts and after.</summary>
    internal string Said()
    {
        string said = string.Concat(new[] { Jacketed.Output, Jacketed.Output + ".again" }
            .Select(name => Path.Combine(Folder, name)).Where(File.Exists).Select(File.ReadAllText));
        return said[^Math.Min(said.Length, SaidMost)..];
    }

    /// <summary>Lets the program work for a part of the time that it took, drawn between two bounds.</summary>
    internal Task PartAsync(Random random, double least, double most) =>
        Moment.AfterAsync((int)(TookMs * (least + ((most - least) * random.NextDouble()))));

    internal void Clear()
    {
        foreach (string path in Directory.GetFiles(Folder))
        {
            File.Delete(path);
        }

        foreach ((string name, byte[] content) in _inputs)
        {
            File.WriteAllBytes(Path.Combine(Folder, name), content);
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
