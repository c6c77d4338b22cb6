using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Protocol.Tests.Support;

namespace Ccr.Hostile.Sequences;

/// <summary>
/// Stands between two live lanes and alters what they say: loses and repeats messages, answers in the place of a peer,
/// sends APDUs of other actions and of none. What it sends is decodable; nothing else about it is right.
/// </summary>
internal sealed class HostileNetwork
{
    private const int SeenMax = 64;

    private readonly Random _random;
    private readonly RandomApdus _apdus;
    private readonly List<LinkMessage> _seen = [];
    private readonly List<(Node To, LinkId Link)> _links = [];
    private readonly int _percent;

    /// <param name="seed">Everything is drawn from it.</param>
    /// <param name="percent">Of a hundred messages, those that are altered.</param>
    public HostileNetwork(int seed, int percent)
    {
        _random = new Random(seed);
        _apdus = new RandomApdus(seed);
        _percent = percent;
    }

    /// <summary>False: everything passes.</summary>
    public bool IsHostile { get; set; } = true;

    /// <summary>Messages lost, repeated, changed and made up.</summary>
    public long Altered { get; private set; }

    public IEnumerable<LinkMessage> Alter(Node from, Node to, LinkId link, LinkMessage message)
    {
        Remember(to, link, message);
        if (!IsHostile || _random.Next(100) >= _percent)
        {
            return [message];
        }

        Altered++;
        return _random.Next(6) switch
        {
            0 => [],
            1 => [message, message],
            2 => [MadeUp(), message],
            3 => [message, MadeUp()],
            4 => [Changed(message)],
            _ => [MadeUp()],
        };
    }

    /// <summary>Sends something over a link that was used.</summary>
    public void Inject()
    {
        if (IsHostile && _links.Count > 0)
        {
            (Node to, LinkId link) = _links[_random.Next(_links.Count)];
            if (to.IsUp)
            {
                Altered++;
                to.Input(new LinkReceived(link, MadeUp()));
            }
        }
    }

    /// <summary>Damage that nobody reported, or that nobody noted.</summary>
    public void InjectDamage(Node to, NodeName from, AtomicActionId action)
    {
        Damage damage = new(
            from, new BranchId(AeTitle.Of(from), Suffix.OfInteger(_random.Next(4))), (DamageKind)_random.Next(2),
            (DamageTaken)_random.Next(3), "made up");
        Altered++;
        to.Input(new NodeReceived(
            from, _random.Next(2) == 0 ? new DamageReport(action, damage) : new DamageNoted(action, damage)));
    }

    private void Remember(Node to, LinkId link, LinkMessage message)
    {
        if (_seen.Count < SeenMax)
        {
            _seen.Add(message);
        }
        else
        {
            _seen[_random.Next(SeenMax)] = message;
        }

        if (!_links.Contains((to, link)))
        {
            _links.Add((to, link));
        }
    }

    private LinkMessage MadeUp()
    {
        LinkMessage seen = _seen[_random.Next(_seen.Count)];
        return _random.Next(3) == 0 ? seen : Changed(seen);
    }

    private LinkMessage Changed(LinkMessage message)
    {
        long association = AnyAssociation();
        return _random.Next(9) switch
        {
            0 => new Data(association, AnyApdu()),
            1 or 2 => new Data(association, Recover(AnyApdu())),
            3 => new Associate(
                association, new InitializeRi(VersionNumber.Version2, (CcrRequirements)_random.Next(32), true)),
            4 => new Associated(
                association, new InitializeRc(VersionNumber.Version2, (CcrRequirements)_random.Next(32), true)),
            5 => new Rejected(association, AnyRefusal()),
            6 => new Abort(association, AnyRefusal()),
            7 => _random.Next(2) == 0
                ? new ExtendData(association, _random.Next(4), "osaka.files")
                : new ExtendedData(association, _random.Next(4), new ServerPlace(
                    "osaka.files", NodeName.Parse("osaka"), null, AnyRefusal())),
            _ => message switch
            {
                Data data => data with { Association = association },
                Associate associate => associate with { Association = association },
                Abort abort => abort with { Association = association },
                _ => message,
            },
        };
    }

    private Refusal AnyRefusal() => new((RefusalCode)_random.Next(20), "made up");

    private long AnyAssociation()
    {
        AssociationMessage[] seen = [.. _seen.OfType<AssociationMessage>()];
        return seen.Length > 0 && _random.Next(8) != 0
            ? seen[_random.Next(seen.Length)].Association
            : _random.Next(2) == 0 ? _random.Next(6) : _random.NextInt64();
    }

    /// <summary>An APDU that was seen, a bare one, or one of random content.</summary>
    private Apdu AnyApdu()
    {
        Data[] seen = [.. _seen.OfType<Data>()];
        if (seen.Length > 0 && _random.Next(3) == 0)
        {
            return seen[_random.Next(seen.Length)].Apdu;
        }

        return _random.Next(14) switch
        {
            0 => new BeginRc(),
            1 => new PrepareRi(),
            2 => new ReadyRi(),
            3 => new CommitRi(),
            4 => new CommitRc(),
            5 => new RollbackRi(),
            6 => new RollbackRc(),
            7 => new NochangeRi((NochangeConfirmation)_random.Next(2)),
            8 => new NochangeRc((NochangeOutcome)_random.Next(4)),
            9 => new CancelRi(),
            _ => _apdus.Next(),
        };
    }

    /// <summary>A recovery of an action that there is, in a state that it may not have.</summary>
    private Apdu Recover(Apdu otherwise)
    {
        BeginRi[] begun = [.. _seen.OfType<Data>().Select(d => d.Apdu).OfType<BeginRi>()];
        if (begun.Length == 0)
        {
            return otherwise;
        }

        BeginRi begin = begun[_random.Next(begun.Length)];
        RecoveryState state = new[]
        {
            RecoveryState.Commit, RecoveryState.Ready, RecoveryState.Done, RecoveryState.Unknown,
            RecoveryState.RetryLater,
        }[_random.Next(5)];
        PartyName initiator = _random.Next(2) == 0 ? PartyName.Sender : PartyName.Receiver;
        bool flag = _random.Next(2) == 0;
        return _random.Next(2) == 0
            ? new RecoverRi(begin.Owner, begin.ActionSuffix, initiator, begin.BranchSuffix, state, flag)
            : new RecoverRc(begin.Owner, begin.ActionSuffix, initiator, begin.BranchSuffix, state, flag);
    }
}
