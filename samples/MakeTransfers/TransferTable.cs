using System.Globalization;
using System.Text;

namespace Ccr.Samples.MakeTransfers;

/// <summary>One account and what is in it at the start.</summary>
internal sealed record Account(string Name, string Node, long Balance);

/// <summary>One transfer; a bound one is refused whatever the order in which the transfers run.</summary>
internal sealed record Transfer(int Id, string From, string To, long Amount, bool BoundToBeRefused);

/// <summary>
/// The accounts and transfers of the demonstration, the same ones at every run. Whatever the order of the transfers:
/// those that are not bound to be refused never lack money, because each account begins with at least all that it ever
/// pays; those that are bound lack an account, or want more money than there is in the world.
/// </summary>
internal sealed class TransferTable
{
    private const int AccountsPerNode = 20;
    private const int Count = 1_200;
    private const int OppositeEvery = 4; // a quarter: each the opposite of the transfer just before it
    private const int RefusedTwiceIn = 40; // one in twenty
    private const int AmountMax = 100;
    private const long Reserve = 1_000;

    private static readonly string[] Nodes = ["tokyo", "osaka"];

    private ulong _random = 852; // X.852

    private TransferTable()
    {
        string[] names =
            [.. from node in Nodes from i in Enumerable.Range(0, AccountsPerNode) select $"{node}/a{i:00}"];
        for (int id = 1; id <= Count; id++)
        {
            Transfers.Add(Next(id, names));
        }

        Accounts = [.. names.Select(name => new Account(name, name.Split('/')[0], Reserve + PaidBy(name)))];
        long world = Accounts.Sum(a => a.Balance);
        Transfers = [.. Transfers.Select(t => t.Amount < 0 ? t with { Amount = world - t.Amount } : t)];
    }

    public IReadOnlyList<Account> Accounts { get; }

    public List<Transfer> Transfers { get; } = [];

    public string AccountsCsv => Csv("account,node,balance", Accounts.Select(a => $"{a.Name},{a.Node},{a.Balance}"));

    public string TransfersCsv =>
        Csv("id,from,to,amount", Transfers.Select(t => $"{t.Id},{t.From},{t.To},{t.Amount}"));

    public static TransferTable Make() => new();

    private Transfer Next(int id, string[] names)
    {
        Transfer? before = Transfers.LastOrDefault();
        if (id % OppositeEvery == 0)
        {
            // Runs beside the one before it, and wants the same two files in the other order.
            return new Transfer(id, before!.To, before.From, Amount(), BoundToBeRefused: false);
        }

        string from = names[Below(names.Length)];
        string to = Below(4) > 0 ? names[Other(from)] : Neighbour(from);
        return (id % RefusedTwiceIn) switch
        {
            5 when Below(2) == 0 => new Transfer(id, from, Missing(), Amount(), BoundToBeRefused: true),
            5 => new Transfer(id, Missing(), to, Amount(), BoundToBeRefused: true),
            // Negative: so much more than all the money, which is known only at the end.
            17 => new Transfer(id, from, to, -Amount(), BoundToBeRefused: true),
            _ => new Transfer(id, from, to, Amount(), BoundToBeRefused: false),
        };
    }

    private int Amount() => 1 + Below(AmountMax);

    /// <summary>The index of an account at the other node.</summary>
    private int Other(string name) =>
        Below(AccountsPerNode) + (name.StartsWith(Nodes[0], StringComparison.Ordinal) ? AccountsPerNode : 0);

    /// <summary>Another account of the same node.</summary>
    private string Neighbour(string name)
    {
        int own = int.Parse(name[^2..], CultureInfo.InvariantCulture);
        int other = (own + 1 + Below(AccountsPerNode - 1)) % AccountsPerNode;
        return $"{name[..^2]}{other:00}";
    }

    /// <summary>An account that nobody has.</summary>
    private string Missing() => $"{Nodes[Below(Nodes.Length)]}/a{AccountsPerNode + Below(80):00}";

    private long PaidBy(string account) =>
        Transfers.Where(t => t.From == account && !t.BoundToBeRefused).Sum(t => t.Amount);

    /// <summary>SplitMix64: the same numbers on every machine and in every version of the runtime.</summary>
    private int Below(int limit)
    {
        _random += 0x9E3779B97F4A7C15;
        ulong z = (_random ^ (_random >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)limit);
    }

    private static string Csv(string header, IEnumerable<string> rows)
    {
        StringBuilder text = new(header + "\n");
        foreach (string row in rows)
        {
            text.Append(row).Append('\n');
        }

        return text.ToString();
    }
}
