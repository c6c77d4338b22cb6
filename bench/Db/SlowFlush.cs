using Ccr.Bench.Log;

namespace Ccr.Bench.Db;

/// <summary>
/// Whatever is started while it stands takes longer for each flush: a disk without a protected cache.
/// </summary>
internal sealed class SlowFlush : IDisposable
{
    private const string Preload = "LD_PRELOAD";
    private const string Setting = "CCR_SLOW_FLUSH_US";

    internal SlowFlush(string folder, int microseconds)
    {
        string library = CProgram.CompileLibrary("slow_flush", folder);
        Environment.SetEnvironmentVariable(Preload, library);
        Environment.SetEnvironmentVariable(
            Setting, microseconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Preload, null);
        Environment.SetEnvironmentVariable(Setting, null);
    }
}
