using System.Net.Sockets;
using Ccr.Transport;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Ccr.LocationServer;

/// <summary>Connects to peers and to the manager, with the limits and the pauses that belong to it (SEM-15).</summary>
internal sealed class PeerDialer
{
    private static readonly PredicateBuilder<object> Failures = new PredicateBuilder<object>()
        .Handle<SocketException>()
        .Handle<IOException>()
        .Handle<TimeoutRejectedException>();

    private readonly ResiliencePipeline _peer;
    private readonly ResiliencePipeline _manager;

    public PeerDialer(TimeProvider time)
    {
        _peer = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = Failures,
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
            })
            .AddTimeout(TimeSpan.FromMilliseconds(500))
            .Build();
        _manager = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = Failures,
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromMilliseconds(250), // a manager that starts again wants to recover at once
                UseJitter = true,
            })
            .AddTimeout(TimeSpan.FromSeconds(5))
            .Build();
    }

    /// <summary>A peer's socket, or the exception that says why not; one retry, for a peer that restarts.</summary>
    public ValueTask<Socket> ToPeerAsync(string address, CancellationToken cancel) =>
        _peer.ExecuteAsync(static (to, c) => new ValueTask<Socket>(FrameDialer.ConnectAsync(to, c)), address, cancel);

    /// <summary>Tries until it succeeds or is cancelled; for the manager, which may start after us.</summary>
    public ValueTask<T> ToManagerAsync<T>(Func<CancellationToken, ValueTask<T>> tryOnce, CancellationToken cancel) =>
        _manager.ExecuteAsync(tryOnce, cancel);

    /// <summary>True for what a connection attempt may end with when the other side is not there.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is IOException or SocketException or FormatException or ArgumentException
            or TimeoutRejectedException or OperationCanceledException;
}
