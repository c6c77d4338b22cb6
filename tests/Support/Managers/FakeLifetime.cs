using Microsoft.Extensions.Hosting;

namespace Ccr.TestSupport;

/// <summary>An application whose stop a test can see.</summary>
public sealed class FakeLifetime : IHostApplicationLifetime
{
    private readonly TaskCompletionSource _stopAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the application was asked to stop.</summary>
    public Task StopAsked => _stopAsked.Task;

    /// <inheritdoc/>
    public CancellationToken ApplicationStarted => CancellationToken.None;

    /// <inheritdoc/>
    public CancellationToken ApplicationStopping => CancellationToken.None;

    /// <inheritdoc/>
    public CancellationToken ApplicationStopped => CancellationToken.None;

    /// <inheritdoc/>
    public void StopApplication() => _stopAsked.TrySetResult();
}
