namespace Ccr.Histories.Generation;

/// <summary>How a made-up history is to be.</summary>
public sealed record SerialStoreOptions
{
    /// <summary>List transactions and bank operations together.</summary>
    public int Transactions { get; init; } = 200;

    /// <summary>Clients at a time.</summary>
    public int Processes { get; init; } = 8;

    /// <summary>Lists that are in use at a time.</summary>
    public int Lists { get; init; } = 6;

    /// <summary>Appends after which a list is left for a new one.</summary>
    public int AppendsPerList { get; init; } = 16;

    /// <summary>Appends and reads of one transaction, at most.</summary>
    public int MicrosMax { get; init; } = 5;

    /// <summary>Of a hundred transactions, those that fail.</summary>
    public int FailPercent { get; init; } = 4;

    /// <summary>Of a hundred transactions, those whose client is told nothing; half of them happen.</summary>
    public int InfoPercent { get; init; } = 3;

    /// <summary>Accounts; 0: no bank operations.</summary>
    public int Accounts { get; init; }
}

/// <summary>
/// A store in memory that does one transaction at a time, at some moment between its invocation and its end: what its
/// clients record is strictly serializable by construction. The same seed gives the same history.
/// </summary>
public sealed class SerialStore
{
    /// <summary>What every account holds at the beginning.</summary>
    public const long FirstBalance = 100;

    private readonly SerialStoreOptions _options;
    private readonly Random _random;
    private readonly Dictionary<int, List<int>> _lists = [];
    private readonly int[] _keys;
    private readonly int[] _nextValue;
    private readonly long[] _balances;
    private readonly Client[] _clients;
    private int _nextKey;
    private long _index;

    public SerialStore(int seed, SerialStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _random = new Random(seed);
        _keys = new int[options.Lists];
        _nextValue = new int[options.Lists];
        for (int i = 0; i < options.Lists; i++)
        {
            _keys[i] = _nextKey++;
        }

        _balances = new long[options.Accounts];
        Array.Fill(_balances, FirstBalance);
        _clients = [.. Enumerable.Range(0, options.Processes).Select(_ => new Client())];
    }

    /// <summary>What is in the lists now.</summary>
    public IReadOnlyDictionary<int, int[]> Lists => _lists.ToDictionary(l => l.Key, l => l.Value.ToArray());

    /// <summary>What is in the accounts now.</summary>
    public IReadOnlyList<long> Balances => _balances;

    /// <summary>Runs all of it; once.</summary>
    public IEnumerable<HistoryEvent> Run()
    {
        int open = 0;
        int invoked = 0;
        while (invoked < _options.Transactions || open > 0)
        {
            int process = _random.Next(_clients.Length);
            Client client = _clients[process];
            if (client.Asked is null)
            {
                if (invoked < _options.Transactions)
                {
                    invoked++;
                    open++;
                    client.Ask(NewOperation(), Fate());
                    yield return Event(process, EventType.Invoke, client.Asked!);
                }
            }
            else if (!client.IsDone)
            {
                client.IsDone = true;
                if (client.Asked is Transfer transfer && _balances[transfer.From] < transfer.Amount)
                {
                    client.Refuse();
                }

                client.Answer = client.Happens ? Do(client.Asked) : client.Asked;
            }
            else
            {
                open--;
                yield return Event(process, client.End, client.End == EventType.Ok ? client.Answer! : client.Asked);
                client.Asked = null;
            }
        }
    }

    private HistoryEvent Event(int process, EventType type, Operation operation) =>
        new(process, _index++, _index * 1000, type, operation);

    private (EventType End, bool Happens) Fate()
    {
        int draw = _random.Next(100);
        return draw < _options.FailPercent ? (EventType.Fail, false)
            : draw < _options.FailPercent + _options.InfoPercent ? (EventType.Info, _random.Next(2) == 0)
            : (EventType.Ok, true);
    }

    private Operation NewOperation()
    {
        if (_options.Accounts > 1 && _random.Next(2) == 0)
        {
            int from = _random.Next(_options.Accounts);
            int to = (from + 1 + _random.Next(_options.Accounts - 1)) % _options.Accounts;
            return _random.Next(4) == 0 ? new ReadBalances(null) : new Transfer(from, to, 1 + _random.Next(3));
        }

        var micros = new Micro[1 + _random.Next(_options.MicrosMax)];
        for (int i = 0; i < micros.Length; i++)
        {
            int slot = _random.Next(_keys.Length);
            if (_random.Next(2) == 0)
            {
                micros[i] = Micro.Ask(_keys[slot]);
                continue;
            }

            if (_nextValue[slot] == _options.AppendsPerList)
            {
                _keys[slot] = _nextKey++;
                _nextValue[slot] = 0;
            }

            micros[i] = Micro.Append(_keys[slot], ++_nextValue[slot]);
        }

        return new ListTransaction(micros);
    }

    private Operation Do(Operation asked)
    {
        switch (asked)
        {
            case Transfer transfer:
                _balances[transfer.From] -= transfer.Amount;
                _balances[transfer.To] += transfer.Amount;
                return transfer;
            case ListTransaction transaction:
                return new ListTransaction([.. transaction.Micros.Select(Do)]);
            default:
                return new ReadBalances([.. _balances]);
        }
    }

    private Micro Do(Micro micro)
    {
        if (!_lists.TryGetValue(micro.Key, out List<int>? list))
        {
            _lists[micro.Key] = list = [];
        }

        if (micro.IsAppend)
        {
            list.Add(micro.Value);
            return micro;
        }

        return Micro.Read(micro.Key, [.. list]);
    }

    private sealed class Client
    {
        public Operation? Asked { get; set; }

        public Operation? Answer { get; set; }

        public bool IsDone { get; set; }

        public EventType End { get; private set; }

        public bool Happens { get; private set; }

        public void Ask(Operation operation, (EventType End, bool Happens) fate)
        {
            Asked = operation;
            IsDone = false;
            End = fate.End;
            Happens = fate.Happens;
        }

        public void Refuse()
        {
            End = EventType.Fail;
            Happens = false;
        }
    }
}
