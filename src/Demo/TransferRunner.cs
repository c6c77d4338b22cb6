using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files;

namespace Ccr.Demo;

/// <summary>
/// Runs the transfers, so many at a time, each as one atomic action over the files of two accounts: reads both balances
/// for update, checks, writes both. Victims of deadlocks and of crashes are tried again as new actions.
/// </summary>
internal sealed class TransferRunner(CcrClient client, CcrFiles files, Bank bank, Tally tally, Gate gate)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    private int _next = -1;

    /// <summary>Runs all of them with <paramref name="atATime"/> workers.</summary>
    public Task RunAsync(int atATime, CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, atATime).Select(_ => WorkAsync(cancellation)));

    private async Task WorkAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        while (true)
        {
            int number = Interlocked.Increment(ref _next);
            if (number >= bank.Transfers.Count)
            {
                return;
            }

            await gate.MayBeginAsync(number, cancellation).ConfigureAwait(false);
            tally.End(number, await TransferAsync(bank.Transfers[number], cancellation).ConfigureAwait(false));
            gate.Progress(tally.Ended);
        }
    }

    private async Task<TransferEnd> TransferAsync(Transfer transfer, CancellationToken cancellation)
    {
        TimeSpan pause = PauseMin;
        while (true)
        {
            Attempt attempt = await AttemptAsync(transfer, cancellation).ConfigureAwait(false);
            if (attempt.Refusal is not Refusal refusal)
            {
                return new TransferEnd(true, "", attempt.Action);
            }

            // The bank's own reason is final. Every other is a crash or a deadlock, and a new action may do better.
            if (refusal.Code == RefusalCode.Resource)
            {
                return new TransferEnd(false, refusal.Text, attempt.Action);
            }

            tally.Retry(refusal.Code == RefusalCode.Deadlock);
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), cancellation).ConfigureAwait(false);
            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    /// <summary>One atomic action for one transfer; its outcome is known at the end, whatever breaks.</summary>
    private async Task<Attempt> AttemptAsync(Transfer transfer, CancellationToken cancellation)
    {
        AtomicAction? action = null;
        try
        {
            string[] servers = [AccountFile.ServerOf(transfer.From), AccountFile.ServerOf(transfer.To)];
            action = await client.TransOpenAsync([.. servers.Distinct()], null, cancellation).ConfigureAwait(false);
            tally.Open(action.Id);
            await MoveAsync(action, transfer, cancellation).ConfigureAwait(false);
            CcrOutcome outcome = await action.TransCloseAsync(cancellation: cancellation).ConfigureAwait(false);
            return new Attempt(action.Id, outcome.Refusal);
        }
        catch (CcrRefusedException refused)
        {
            return new Attempt(action?.Id, refused.Refusal);
        }
        catch (CcrManagerLostException lost)
        {
            return new Attempt(action?.Id, new Refusal(RefusalCode.AssociationLost, lost.Message));
        }
        catch (CcrOutcomeUnknownException unknown)
        {
            return await ResolveAsync(unknown.Action, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await LeaveAsync(action).ConfigureAwait(false);
        }
    }

    private async Task MoveAsync(AtomicAction action, Transfer transfer, CancellationToken cancellation)
    {
        AccountFile from = new(files, action, transfer.From);
        AccountFile to = new(files, action, transfer.To);
        long fromBalance = await from.ReadForUpdateAsync(cancellation).ConfigureAwait(false);
        long toBalance = await to.ReadForUpdateAsync(cancellation).ConfigureAwait(false);
        if (fromBalance < transfer.Amount)
        {
            throw new CcrRefusedException(new Refusal(RefusalCode.Resource, Replay.NotEnoughMoney));
        }

        await from.WriteAsync(fromBalance - transfer.Amount, cancellation).ConfigureAwait(false);
        await to.WriteAsync(toBalance + transfer.Amount, cancellation).ConfigureAwait(false);
    }

    private async Task LeaveAsync(AtomicAction? action)
    {
        if (action is not null)
        {
            await action.DisposeAsync().ConfigureAwait(false);
            tally.Closed(action.Id);
        }
    }

    /// <summary>Unknown is not no: asks the manager until it tells.</summary>
    private async Task<Attempt> ResolveAsync(AtomicActionId action, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                OutcomeIs told = await client.AskOutcomeAsync(action, cancellation).ConfigureAwait(false);
                if (told.Outcome is Outcome.Committed or Outcome.RolledBack)
                {
                    Refusal crashed = new(RefusalCode.AssociationLost, "The manager was killed before it had decided.");
                    return new Attempt(action, told.Outcome == Outcome.Committed ? null : crashed);
                }
            }
            catch (CcrRefusedException final) when (final.Refusal.Code == RefusalCode.UnknownAction)
            {
                return new Attempt(action, new Refusal(RefusalCode.AssociationLost, final.Message));
            }
            catch (CcrManagerLostException)
            {
                // It is being started again: ask again.
            }

            await Task.Delay(AskAgain, cancellation).ConfigureAwait(false);
        }
    }

    private sealed record Attempt(AtomicActionId? Action, Refusal? Refusal);
}
