using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.SystemTransactions;

/// <summary>Asks what became of an action, for as long as it takes: unknown is not no.</summary>
internal sealed class CcrOutcomeQuestion(CcrTransactions owner, AtomicActionId action)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(60);

    /// <summary>True: committed. False: rolled back. Null: it can never be told, and the scope stays open.</summary>
    public async Task<bool?> AskAsync(string last)
    {
        TimeProvider time = owner.Options.Time;
        TimeSpan pause = PauseMin;
        long? loggedAt = null;
        while (true)
        {
            if (loggedAt is null || time.GetElapsedTime(loggedAt.Value) > LogEvery)
            {
                loggedAt = time.GetTimestamp();
                owner.Log($"The outcome of {action} is unknown here and is being asked for; its scope waits. {last}");
            }

            try
            {
                OutcomeIs told = await owner.Client.AskOutcomeAsync(action).ConfigureAwait(false);
                if (told.Outcome is Outcome.Committed or Outcome.RolledBack)
                {
                    owner.Log($"The outcome of {action} is known: {told.Outcome}.");
                    return told.Outcome == Outcome.Committed;
                }
            }
            catch (CcrRefusedException e) when (e.Refusal.Code == RefusalCode.UnknownAction)
            {
                owner.Log($"The outcome of {action} is known: rolled back. {e.Message}");
                return false;
            }
            catch (CcrRefusedException e) when (e.Refusal.Code == RefusalCode.OutcomeForgotten)
            {
                owner.Log($"The outcome of {action} cannot be learnt any more, and its scope stays open for ever: "
                    + $"restart the application. Its branches end as the manager decided. {e.Message}");
                return null;
            }
            catch (Exception e) when (e is CcrRefusedException or CcrManagerLostException)
            {
                last = e.Message;
            }
            catch (ObjectDisposedException)
            {
                owner.Log($"The outcome of {action} cannot be asked for any more, for the CcrClient was disposed of: "
                    + "its scope stays open. Dispose of the client after the scopes.");
                return null;
            }

            await Task.Delay(pause, time).ConfigureAwait(false);
            pause = pause * 2 > PauseMax ? PauseMax : pause * 2;
        }
    }
}
