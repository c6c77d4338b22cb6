using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ccr.TestSupport;

/// <summary>Keeps the lines of a log, and lets a test wait for one.</summary>
public sealed class LinesLogger<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _lines = new();
    private volatile TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All lines so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Waits until some line contains a text; fails with all lines when it does not come.</summary>
    public async Task<string> WaitForAsync(string text, int seconds = 10)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            TaskCompletionSource more = _more;
            if (_lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            try
            {
                await more.Task.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No line has '{text}':\n{string.Join('\n', _lines)}");
            }
        }
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}".TrimEnd());
        Interlocked.Exchange(
            ref _more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
