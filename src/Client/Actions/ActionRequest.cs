using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>
/// One request that is on its way to a Server of an action. A resource library begins it before it sends, and ends it
/// when the answer is there. Disposed of without an answer, its effect is unknown, and the action can only be rolled
/// back (SEM-8).
/// </summary>
public sealed class ActionRequest : IDisposable
{
    private static readonly Refusal NoAnswer = new(
        RefusalCode.AssociationLost,
        "A request to a Server had no answer, so what it did is unknown and the action could only be rolled back. "
        + "Try again as a new action.");

    private readonly AtomicAction _action;
    private int _ended;

    internal ActionRequest(AtomicAction action) => _action = action;

    /// <summary>
    /// Sends the request and waits for its answer. One that does not come soon after the action was rolled back is not
    /// waited for: a Server that hangs, or whose machine has vanished, never answers.
    /// </summary>
    /// <param name="ask">Sends it and waits; the token ends the wait.</param>
    /// <param name="cancellation">Ends the wait for the caller.</param>
    /// <exception cref="CcrRefusedException">The action was rolled back meanwhile; it says why.</exception>
    public async Task<T> WaitAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ask);
        CancellationToken undone = _action.Undone;
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using CancellationTokenRegistration soon = undone.UnsafeRegister(
            static wait => ((CancellationTokenSource)wait!).CancelAfter(ClientLimits.AnswerPatience), either);
        try
        {
            return await ask(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
            when (undone.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new CcrRefusedException(_action.RolledBackBecause ?? NoAnswer, e);
        }
    }

    /// <summary>The Server has answered, be it with a refusal.</summary>
    public void Answered() => End(null);

    /// <summary>What the request did is unknown: the action becomes rollback-only.</summary>
    /// <param name="why">The reason for the caller; null for a general one.</param>
    public void Unknown(Refusal? why = null) => End(why ?? NoAnswer);

    /// <summary>The same as <see cref="Unknown"/>, unless it has ended before.</summary>
    public void Dispose() => End(NoAnswer);

    private void End(Refusal? unknown)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _action.EndRequest(unknown);
        }
    }
}
