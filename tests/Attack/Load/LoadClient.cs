using Ccr.Client;
using Ccr.Histories;
using Ccr.Resources.Files;

namespace Ccr.Attack;

/// <summary>One client: runs one operation after the other until told to stop, and records each.</summary>
internal sealed class LoadClient(
    int number, AttackNode at, Ledgers ledgers, CcrFiles files, HistoryRecorder history, int seed)
{
    private const int UnorderedOneOf = 8; // deadlocks are to come, but few

    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(90);

    private readonly Random _random = new(seed);
    private int _appended;

    /// <summary>Operations that ended, by what the client was told.</summary>
    public int Committed { get; private set; }

    public int RolledBack { get; private set; }

    /// <summary>Why those were rolled back; read once it rests.</summary>
    public List<string> Refusals { get; } = [];

    public int Unknown { get; private set; }

    /// <summary>Works until the token says stop; the operation under way is ended first.</summary>
    public async Task RunAsync(CcrClient client, Func<bool> stop)
    {
        while (!stop())
        {
            int kind = _random.Next(10);
            Task<Told> once = kind < 5 ? TransferAsync(client)
                : kind < 9 ? ListsAsync(client)
                : ReadAsync(client);
            Told told;
            try
            {
                told = await once.WaitAsync(PatienceMax);
            }
            catch (TimeoutException late)
            {
                throw new TimeoutException(
                    $"A Client at {at.Name} was told nothing for {PatienceMax.TotalSeconds} s.", late);
            }

            Committed += told.Committed == true ? 1 : 0;
            RolledBack += told.Committed == false ? 1 : 0;
            Unknown += told.Committed is null ? 1 : 0;
            if (told.Committed == false)
            {
                Refusals.Add(told.Why);
            }

            if (told.Committed != true)
            {
                await Until.PassedAsync(TimeSpan.FromMilliseconds(_random.Next(10, 120)));
            }
        }
    }

    private async Task<Told> TransferAsync(CcrClient client)
    {
        int from = _random.Next(ledgers.Accounts);
        int to = (from + 1 + _random.Next(ledgers.Accounts - 1)) % ledgers.Accounts;
        Transfer asked = new(from, to, _random.Next(1, 20));
        return await RecordedAsync(asked, () => asked, () => Told.OfAsync(
            client, Servers(ledgers.Account(from), ledgers.Account(to)), async action =>
            {
                // In one order, so that transfers wait for each other without a deadlock.
                Dictionary<int, long> balances = [];
                foreach (int account in new[] { from, to }.Order())
                {
                    balances[account] = await BalanceAsync(action, account, true);
                }

                long left = balances[from] - asked.Amount;
                long sum = balances[to] + asked.Amount;
                if (left < 0)
                {
                    throw new CcrRefusedException(new Protocol.Messages.Refusal(
                        Protocol.Messages.RefusalCode.Resource, "not enough"));
                }

                await ReplaceAsync(action, ledgers.Account(from), Ledgers.Text(left));
                await ReplaceAsync(action, ledgers.Account(to), Ledgers.Text(sum));
            }));
    }

    private async Task<Told> ReadAsync(CcrClient client)
    {
        long[] balances = new long[ledgers.Accounts];
        return await RecordedAsync(new ReadBalances(null), () => new ReadBalances(balances), () => Told.OfAsync(
            client, Servers([.. Enumerable.Range(0, ledgers.Accounts).Select(ledgers.Account)]), async action =>
            {
                for (int i = 0; i < balances.Length; i++)
                {
                    balances[i] = await BalanceAsync(action, i, false);
                }
            }));
    }

    private async Task<Told> ListsAsync(CcrClient client)
    {
        Micro[] micros = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => NextMicro())];
        if (_random.Next(UnorderedOneOf) != 0)
        {
            micros = [.. micros.OrderBy(m => m.Key)];
        }

        return await RecordedAsync(
            new ListTransaction([.. micros]), () => new ListTransaction(micros), () => Told.OfAsync(
            client, Servers([.. micros.Select(m => ledgers.List(m.Key))]), async action =>
            {
                for (int i = 0; i < micros.Length; i++)
                {
                    (string server, string file) = ledgers.List(micros[i].Key);
                    if (micros[i].IsAppend)
                    {
                        await files.AppendTextAsync(action, server, file, Ledgers.Text(micros[i].Value));
                    }
                    else
                    {
                        bool forUpdate = Array.Exists(micros, m => m.IsAppend && m.Key == micros[i].Key);
                        string? read = await files.ReadTextAsync(action, server, file, forUpdate);
                        micros[i] = Micro.Read(micros[i].Key, Ledgers.Values(read!));
                    }
                }
            }));
    }

    private async Task<Told> RecordedAsync(Operation asked, Func<Operation> answered, Func<Task<Told>> run)
    {
        history.Invoke(number, asked);
        Told told = await run();
        EventType type = told.Committed is not { } done ? EventType.Info : done ? EventType.Ok : EventType.Fail;
        history.Complete(
            number, type, type == EventType.Ok ? answered() : asked, told.Action,
            told.Committed == true ? null : told.Why);
        return told;
    }

    private Micro NextMicro()
    {
        int key = _random.Next(ledgers.Lists);
        return _random.Next(2) == 0 ? Micro.Ask(key) : Micro.Append(key, (++_appended * 100) + number);
    }

    private async Task<long> BalanceAsync(AtomicAction action, int account, bool forUpdate)
    {
        (string server, string file) = ledgers.Account(account);
        return Ledgers.Balance((await files.ReadTextAsync(action, server, file, forUpdate))!);
    }

    private Task ReplaceAsync(AtomicAction action, (string Server, string File) place, string text) =>
        files.ReplaceTextAsync(action, place.Server, place.File, text);

    private static string[] Servers(params (string Server, string File)[] places) =>
        [.. places.Select(p => p.Server).Distinct()];
}
