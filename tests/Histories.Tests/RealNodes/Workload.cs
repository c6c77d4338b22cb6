using Ccr.Client;

namespace Ccr.Histories.Tests.RealNodes;

/// <summary>What the clients do: transactions over a moving window of lists, and a bank; the same for a seed.</summary>
internal sealed class Workload(int seed, IReadOnlyList<NodeOfTest> nodes)
{
    public const int Accounts = 8;
    public const long FirstBalance = 1_000;

    private const int ListsAtATime = 1_024;
    private const int AppendsPerList = 32;
    private const int MicrosMin = 12;
    private const int MicrosMax = 36;
    private const int BankPercent = 5;
    private const int UnorderedPercent = 2;

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly int[] _keys = new int[ListsAtATime];
    private readonly int[] _appends = new int[ListsAtATime];
    private int _nextKey;

    /// <summary>All lists that there are.</summary>
    public int Lists => _nextKey;

    /// <summary>Makes the first files.</summary>
    public void Prepare()
    {
        foreach (string folder in new[] { "lists", "accounts" })
        {
            foreach (NodeOfTest node in nodes)
            {
                Directory.CreateDirectory(Path.Combine(node.Layout.FilesDirectory, folder));
            }
        }

        for (int account = 0; account < Accounts; account++)
        {
            Make(NodeOf(account), PathOfAccount(account), FirstBalance.ToString(ListText.Culture));
        }

        for (int i = 0; i < ListsAtATime; i++)
        {
            _keys[i] = NewList();
        }
    }

    /// <summary>The next operation, for any client.</summary>
    public Operation Next()
    {
        lock (_lock)
        {
            if (_random.Next(100) >= BankPercent)
            {
                return new ListTransaction(NextMicros());
            }

            int from = _random.Next(Accounts);
            int to = (from + 1 + _random.Next(Accounts - 1)) % Accounts;
            return _random.Next(4) == 0 ? new ReadBalances(null) : new Transfer(from, to, 1 + _random.Next(10));
        }
    }

    /// <summary>How many reads and changes of files an operation is; a transfer reads two and changes two.</summary>
    public static int SizeOf(Operation operation) => operation switch
    {
        ListTransaction transaction => transaction.Micros.Length,
        Transfer => 4,
        _ => Accounts,
    };

    public NodeOfTest NodeOf(int number) => nodes[number % nodes.Count];

    public static string PathOfList(int key) => $"lists/{key}";

    public static string PathOfAccount(int account) => $"accounts/{account}";

    /// <summary>
    /// Lists are taken in one order, so that most actions wait for each other without a deadlock; a few are not.
    /// </summary>
    private Micro[] NextMicros()
    {
        var micros = new Micro[_random.Next(MicrosMin, MicrosMax + 1)];
        for (int i = 0; i < micros.Length; i++)
        {
            int slot = _random.Next(ListsAtATime);
            if (_random.Next(2) == 0)
            {
                micros[i] = Micro.Ask(_keys[slot]);
                continue;
            }

            if (_appends[slot] == AppendsPerList)
            {
                _keys[slot] = NewList();
                _appends[slot] = 0;
            }

            micros[i] = Micro.Append(_keys[slot], ++_appends[slot]);
        }

        return _random.Next(100) < UnorderedPercent ? micros : [.. micros.OrderBy(m => m.Key)];
    }

    private int NewList()
    {
        Make(NodeOf(_nextKey), PathOfList(_nextKey), "");
        return _nextKey++;
    }

    private static void Make(NodeOfTest node, string path, string content) =>
        File.WriteAllText(Path.Combine(node.Layout.FilesDirectory, path), content);
}
