using System.Diagnostics;

namespace Ccr.Resources.Files.Tests.Support;

/// <summary>Another program that locks a file, in the one way or the other.</summary>
internal sealed class OtherProcess : IDisposable
{
    private readonly Process _process;
    private bool _disposed;

    private OtherProcess(Process process, bool hasLock)
    {
        _process = process;
        HasLock = hasLock;
    }

    internal bool HasLock { get; }

    internal static async Task<OtherProcess> LockAsync(string kind, string mode, string path)
    {
        Process process = Start("lock", kind, mode, path);
        string? said = await process.StandardOutput.ReadLineAsync();
        Assert.True(said is "locked" or "busy", $"the other process said '{said}'");
        return new OtherProcess(process, said == "locked");
    }

    internal static Process Start(params string[] args)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
            ? Environment.ProcessPath
            : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(typeof(OtherProcess).Assembly.Location);
        Array.ForEach(args, start.ArgumentList.Add);
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    /// <summary>Lets go of the lock, and waits until the process has ended.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
