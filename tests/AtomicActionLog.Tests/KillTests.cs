using System.Diagnostics;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

public sealed class KillTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Kill_9_at_any_moment_loses_nothing_that_was_acknowledged()
    {
        const int kills = 8;
        int next = 1;
        for (uint kill = 1; kill <= kills; kill++)
        {
            int acknowledged = AppendUntilKilled(next, atLeast: 40 + ((int)kill * 37));

            using FasterAtomicActionLog log = FasterAtomicActionLog.Open(new LogOptions
            {
                Directory = _scratch.Log,
                Node = Sample.Tokyo,
                LimitBytes = 64 << 20,
                AllowVolatileDirectory = true,
            });

            List<LogContent> ready = [.. log.Recovered.Where(record => record is LogReady)];
            Assert.InRange(ready.Count, acknowledged, acknowledged + 1);
            Assert.Equal(Enumerable.Range(1, ready.Count).Select(i => Sample.Ready(i)), ready);
            Assert.Equal(2 * kill, log.Self.Epoch);
            Assert.Contains(log.Notices, notice => notice.Contains("not stopped cleanly", StringComparison.Ordinal));
            next = ready.Count + 1;
        }
    }

    // Returns the last number that the child said was durable.
    private int AppendUntilKilled(int first, int atLeast)
    {
        using Process child = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(Program).Assembly.Location, "append", _scratch.Log, $"{first}" },
            RedirectStandardOutput = true,
        })!;
        int acknowledged = first - 1;
        try
        {
            while (acknowledged < first + atLeast)
            {
                acknowledged = int.Parse(child.StandardOutput.ReadLine()!, null);
            }
        }
        finally
        {
            child.Kill();
        }

        while (child.StandardOutput.ReadLine() is { } line)
        {
            acknowledged = line.Length > 0 && int.TryParse(line, out int number) && number == acknowledged + 1
                ? number
                : acknowledged;
        }

        child.WaitForExit();
        return acknowledged;
    }
}
