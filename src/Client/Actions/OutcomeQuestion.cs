using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>Asks what became of an action until the manager tells, with growing pauses.</summary>
internal sealed class OutcomeQuestion(CcrClient client, AtomicActionId action, TimeSpan patience, TimeProvider time)
{
    public async Task<CcrOutcome> AskAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource limit = new(patience, time);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        string last = "The manager has not been reached yet.";
        try
        {
            TimeSpan pause = ClientLimits.PauseMin;
            while (true)
            {
                (CcrOutcome? outcome, last) = await AskOnceAsync(either.Token).ConfigureAwait(false);
                if (outcome is not null)
                {
                    return outcome;
                }

                await Task.Delay(pause, time, either.Token).ConfigureAwait(false);
                pause = pause * 2 > ClientLimits.PauseMax ? ClientLimits.PauseMax : pause * 2;
            }
        }
        catch (OperationCanceledException e)
        {
            string why = cancellation.IsCancellationRequested
                ? "The wait was cancelled."
                : $"It was asked for during {patience.TotalSeconds:0} s.";
            throw Unknown($"{why} {last}", e);
        }
    }

    private async Task<(CcrOutcome? Outcome, string Last)> AskOnceAsync(CancellationToken cancellation)
    {
        try
        {
            OutcomeIs told = await client.AskOutcomeAsync(action, cancellation).ConfigureAwait(false);
            return told.Outcome switch
            {
                Outcome.Committed => (CcrOutcome.Committed(told.Damages, asked: true), ""),
                Outcome.RolledBack => (RolledBack("The manager rolled it back.", told.Damages), ""),
                Outcome.Forgotten => throw Unknown("The manager has forgotten the outcome.", null),
                _ => (null, "It is not decided yet."),
            };
        }
        catch (CcrRefusedException e) when (e.Refusal.Code == RefusalCode.UnknownAction)
        {
            return (RolledBack(e.Refusal.Text, []), "");
        }
        catch (CcrRefusedException e) when (e.Refusal.Code == RefusalCode.OutcomeForgotten)
        {
            throw Unknown(e.Refusal.Text, e);
        }
        catch (CcrRefusedException e)
        {
            return (null, e.Message);
        }
        catch (CcrManagerLostException e)
        {
            return (null, e.Message);
        }
        catch (ObjectDisposedException e)
        {
            throw Unknown("The Client was disposed of.", e);
        }
    }

    private static CcrOutcome RolledBack(string why, IReadOnlyList<Damage> damages) => CcrOutcome.RolledBack(
        new Refusal(
            RefusalCode.AssociationLost,
            $"The session with the manager broke while commitment was asked for, and the action did not commit. {why}"),
        damages, asked: true);

    private CcrOutcomeUnknownException Unknown(string why, Exception? inner) => new(
        action, $"Commitment of {action} was asked for, and its outcome is unknown: it may be committed. {why}", inner);
}
