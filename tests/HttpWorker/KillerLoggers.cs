using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Ccr.HttpWorker;

/// <summary>
/// The driver logs each statement before it is sent, and when it is answered: it can be killed there.
/// </summary>
internal sealed class KillerLoggers : ILoggerFactory, ILogger
{
    private readonly string _words;
    private readonly LogLevel _level;

    /// <summary>"before:PREPARE TRANSACTION", "after:COMMIT PREPARED", or "never".</summary>
    public KillerLoggers(string when)
    {
        string[] parts = when.Split(':');
        _words = parts.Length == 2 ? parts[1] : "\0";
        _level = parts[0] == "before" ? LogLevel.Debug : LogLevel.Information;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (logLevel == _level && formatter(state, exception).Contains(_words, StringComparison.Ordinal))
        {
            Process.GetCurrentProcess().Kill();
        }
    }

    public void Dispose()
    {
    }
}
