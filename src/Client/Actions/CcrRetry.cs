using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>How an action that was tried until it ended for good did end.</summary>
/// <param name="Outcome">Committed, or rolled back for a reason that a new attempt would not cure.</param>
/// <param name="Refusals">Why the earlier attempts were rolled back; their count is how often it was retried.</param>
public sealed record CcrRetryResult(CcrOutcome Outcome, IReadOnlyList<Refusal> Refusals)
{
    /// <summary>How often it was tried again.</summary>
    public int Retries => Refusals.Count;
}

/// <summary>How often and how fast to try again.</summary>
public sealed record CcrRetryOptions
{
    /// <summary>How often a refused action is tried again.</summary>
    public int RetriesMax { get; init; } = ClientLimits.RetriesMax;

    /// <summary>The mean of the first pause; each later one is twice as long, up to <see cref="PauseMax"/>.</summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest mean pause.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The time limit of each action; null: the manager's default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When TransClose is to be answered (SEM-2).</summary>
    public CloseAnswer Answer { get; init; } = CloseAnswer.Done;

    /// <summary>The clock of the pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>A number from 0 to 1 for the jitter of a pause.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}

/// <summary>
/// Runs work as an atomic action, and again as a <em>new</em> action when it was refused for a passing reason: a victim
/// of a deadlock, a lost Server, a node out of reach (SEM-12). An unknown outcome is never tried again.
/// </summary>
public static class CcrRetry
{
    /// <summary>Would a new action perhaps succeed where this one was refused?</summary>
    public static bool IsPassing(Refusal refusal) => refusal.Code is RefusalCode.Deadlock or RefusalCode.ServerLost
        or RefusalCode.NodeUnreachable or RefusalCode.RetryLater or RefusalCode.AssociationLost
        or RefusalCode.NotBegun or RefusalCode.Timeout or RefusalCode.Stopping;

    /// <summary>
    /// Opens an action over the Servers, runs the work in it and closes it. A <see cref="CcrRefusedException"/> of the
    /// work rolls the action back and counts as its refusal; any other exception rolls it back and goes to the caller.
    /// </summary>
    /// <exception cref="CcrOutcomeUnknownException">An action may be committed; it was not tried again.</exception>
    /// <exception cref="CcrManagerLostException">The manager stayed out of reach; nothing is done.</exception>
    public static async Task<CcrRetryResult> RunAsync(
        CcrClient client, IReadOnlyList<string> servers, Func<AtomicAction, CancellationToken, Task> work,
        CcrRetryOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(work);
        options ??= new CcrRetryOptions();
        List<Refusal> refusals = [];
        while (true)
        {
            CcrOutcome outcome = await OnceAsync(client, servers, work, options, refusals.Count, cancellation)
                .ConfigureAwait(false);
            if (outcome.IsCommitted || !IsPassing(outcome.Refusal!) || refusals.Count >= options.RetriesMax)
            {
                return new CcrRetryResult(outcome, refusals);
            }

            refusals.Add(outcome.Refusal!);
            await Task.Delay(PauseBefore(refusals.Count, options), options.Time, cancellation).ConfigureAwait(false);
        }
    }

    internal static TimeSpan PauseBefore(int retry, CcrRetryOptions options)
    {
        double mean = options.PauseMin.TotalMilliseconds * Math.Pow(2, Math.Min(retry - 1, 30));
        return TimeSpan.FromMilliseconds(
            Math.Min(mean, options.PauseMax.TotalMilliseconds) * (0.5 + options.Jitter()));
    }

    private static async Task<CcrOutcome> OnceAsync(
        CcrClient client, IReadOnlyList<string> servers, Func<AtomicAction, CancellationToken, Task> work,
        CcrRetryOptions options, int retries, CancellationToken cancellation)
    {
        try
        {
            AtomicAction action = await client.TransOpenAsync(servers, options.Timeout, cancellation)
                .ConfigureAwait(false);
            await using (action.ConfigureAwait(false))
            {
                await work(action, cancellation).ConfigureAwait(false);
                return await action.TransCloseAsync(options.Answer, cancellation).ConfigureAwait(false);
            }
        }
        catch (CcrRefusedException e)
        {
            return CcrOutcome.RolledBack(e.Refusal);
        }
        catch (CcrManagerLostException e) when (retries < options.RetriesMax)
        {
            return CcrOutcome.RolledBack(new Refusal(RefusalCode.AssociationLost, e.Message));
        }
    }
}
