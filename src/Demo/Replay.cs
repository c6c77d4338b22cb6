namespace Ccr.Demo;

/// <summary>
/// What the transfers must lead to: one after the other, in memory, without anything of Ccr. The CSV is made so that
/// the
/// order in which they run does not decide which of them are refused.
/// </summary>
internal sealed class Replay
{
    public const string NoSuchAccount = "no such account";
    public const string NotEnoughMoney = "not enough money";

    private readonly Dictionary<string, long> _balances;

    private Replay(Bank bank) =>
        _balances = bank.Accounts.Values.ToDictionary(a => a.Name, a => a.Balance, StringComparer.Ordinal);

    /// <summary>The balance of each account at the end.</summary>
    public IReadOnlyDictionary<string, long> Balances => _balances;

    /// <summary>
    /// Why each transfer is bound to be refused, in the order of the CSV; empty: it is bound to commit.
    /// </summary>
    public IReadOnlyList<string> Refusals { get; private set; } = [];

    public static Replay Of(Bank bank)
    {
        Replay replay = new(bank);
        replay.Refusals = [.. bank.Transfers.Select(replay.Apply)];
        return replay;
    }

    private string Apply(Transfer transfer)
    {
        if (!_balances.TryGetValue(transfer.From, out long from) || !_balances.ContainsKey(transfer.To))
        {
            return NoSuchAccount;
        }

        if (from < transfer.Amount)
        {
            return NotEnoughMoney;
        }

        _balances[transfer.From] -= transfer.Amount;
        _balances[transfer.To] += transfer.Amount;
        return "";
    }
}
