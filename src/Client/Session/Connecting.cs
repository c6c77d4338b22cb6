using Polly;
using Polly.Retry;

namespace Ccr.Client;

/// <summary>Repeats an attempt to connect. Nothing else is ever repeated by a pipeline (SEM-15).</summary>
internal static class Connecting
{
    /// <summary>Exponential pauses with jitter, as many attempts as told; the last failure is thrown.</summary>
    public static ResiliencePipeline Pipeline(
        int attempts, TimeProvider time, Action<string>? failed, TimeSpan? pauseMax = null)
    {
        if (attempts <= 1)
        {
            return ResiliencePipeline.Empty;
        }

        RetryStrategyOptions retry = new()
        {
            ShouldHandle = new PredicateBuilder().Handle<IOException>().Handle<CcrRefusedException>(IsPassing),
            MaxRetryAttempts = attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = ClientLimits.PauseMin,
            MaxDelay = pauseMax ?? ClientLimits.PauseMax,
            OnRetry = arguments =>
            {
                failed?.Invoke(arguments.Outcome.Exception?.Message ?? "");
                return default;
            },
        };
        return new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(retry).Build();
    }

    /// <summary>Refusals of a session that another attempt may not meet.</summary>
    private static bool IsPassing(CcrRefusedException e) => e.Refusal.Code is Protocol.Messages.RefusalCode.RetryLater
        or Protocol.Messages.RefusalCode.Limit or Protocol.Messages.RefusalCode.Stopping
        or Protocol.Messages.RefusalCode.StaleIdentity;
}
