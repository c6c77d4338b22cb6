using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files;

namespace Ccr.Histories.Tests.RealNodes;

/// <summary>How one operation ended for its client.</summary>
internal sealed record Told(EventType Type, Operation Operation, AtomicActionId? Action, string? Error);

/// <summary>Carries out one operation as one atomic action, once, and says what it was told.</summary>
internal sealed class Worker(CcrClient client, CcrFiles files, Workload workload)
{
    public async Task<Told> RunAsync(Operation asked, CloseAnswer answer, CancellationToken cancellation)
    {
        AtomicAction? action = null;
        try
        {
            action = await client.TransOpenAsync(ServersOf(asked), null, cancellation);
            Operation told = await DoAsync(action, asked, cancellation);
            CcrOutcome outcome = await action.TransCloseAsync(answer, cancellation);
            Assert.Empty(outcome.Damages);
            return new Told(
                outcome.IsCommitted ? EventType.Ok : EventType.Fail, told, action.Id, outcome.Refusal?.Text);
        }
        catch (CcrRefusedException refused)
        {
            return new Told(EventType.Fail, asked, action?.Id, refused.Message);
        }
        catch (CcrManagerLostException lost)
        {
            return new Told(EventType.Fail, asked, action?.Id, lost.Message);
        }
        catch (CcrOutcomeUnknownException unknown)
        {
            return new Told(EventType.Info, asked, unknown.Action, unknown.Message);
        }
        finally
        {
            if (action is not null)
            {
                await action.DisposeAsync();
            }
        }
    }

    private string[] ServersOf(Operation operation) => operation switch
    {
        ListTransaction transaction =>
            [.. transaction.Micros.Select(m => workload.NodeOf(m.Key).Files).Distinct()],
        Transfer transfer =>
            [.. new[] { workload.NodeOf(transfer.From).Files, workload.NodeOf(transfer.To).Files }.Distinct()],
        _ => [.. Enumerable.Range(0, Workload.Accounts).Select(a => workload.NodeOf(a).Files).Distinct()],
    };

    private async Task<Operation> DoAsync(AtomicAction action, Operation asked, CancellationToken cancellation)
    {
        switch (asked)
        {
            case ListTransaction transaction:
                Micro[] done = [.. transaction.Micros];
                for (int i = 0; i < done.Length; i++)
                {
                    done[i] = await DoAsync(action, transaction.Micros, i, cancellation);
                }

                return new ListTransaction(done);
            case Transfer transfer:
                await MoveAsync(action, transfer, cancellation);
                return transfer;
            default:
                long[] balances = new long[Workload.Accounts];
                for (int account = 0; account < balances.Length; account++)
                {
                    balances[account] = await BalanceAsync(action, account, forUpdate: false, cancellation);
                }

                return new ReadBalances(balances);
        }
    }

    private async Task<Micro> DoAsync(AtomicAction action, Micro[] micros, int at, CancellationToken cancellation)
    {
        Micro micro = micros[at];
        string server = workload.NodeOf(micro.Key).Files;
        string path = Workload.PathOfList(micro.Key);
        if (micro.IsAppend)
        {
            await files.AppendTextAsync(action, server, path, ListText.Of(micro.Value), cancellation);
            return micro;
        }

        bool forUpdate = micros.Any(m => m.IsAppend && m.Key == micro.Key);
        string? text = await files.ReadTextAsync(action, server, path, forUpdate, cancellation);
        Assert.NotNull(text);
        return Micro.Read(micro.Key, ListText.Parse(text));
    }

    private async Task MoveAsync(AtomicAction action, Transfer transfer, CancellationToken cancellation)
    {
        long[] balances = new long[Workload.Accounts];
        foreach (int account in new[] { transfer.From, transfer.To }.Order())
        {
            balances[account] = await BalanceAsync(action, account, forUpdate: true, cancellation);
        }

        if (balances[transfer.From] < transfer.Amount)
        {
            throw new CcrRefusedException(new Refusal(RefusalCode.Resource, "There is not enough money."));
        }

        balances[transfer.From] -= transfer.Amount;
        balances[transfer.To] += transfer.Amount;
        foreach (int account in new[] { transfer.From, transfer.To })
        {
            await files.ReplaceTextAsync(
                action, workload.NodeOf(account).Files, Workload.PathOfAccount(account),
                balances[account].ToString(ListText.Culture), cancellation);
        }
    }

    private async Task<long> BalanceAsync(
        AtomicAction action, int account, bool forUpdate, CancellationToken cancellation)
    {
        string? text = await files.ReadTextAsync(
            action, workload.NodeOf(account).Files, Workload.PathOfAccount(account), forUpdate, cancellation);
        return long.Parse(text!, ListText.Culture);
    }
}
