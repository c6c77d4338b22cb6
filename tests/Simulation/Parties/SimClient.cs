using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>What a Client knows of how its action ended.</summary>
internal enum Told
{
    Nothing,
    Committed,
    RolledBack,

    /// <summary>Asked and not answered: neither yes nor no.</summary>
    InDoubt,

    /// <summary>The manager said that the outcome is forgotten.</summary>
    Forgotten,
}

/// <summary>One Client with one action: opens it, works, closes it, and asks until it knows the outcome.</summary>
internal sealed partial class SimClient : SessionUser
{
    private const long StepUs = 4_000_000;
    private const long PatienceUs = 20_000_000;

    private readonly WorkItem _item;
    private readonly Dictionary<string, BegunAt> _begun = new(StringComparer.Ordinal);
    private readonly List<(string Server, WorkRequest Request)> _done = [];
    private long _waitingFor;
    private int _step;
    private bool _opened;
    private bool _closing;
    private bool _leaving;

    internal SimClient(SimNode home, WorkItem item)
        : base(home, $"{home.Name}.c{item.Number}", SessionRole.Client)
    {
        _item = item;
        World.Transcript.Say(Name, $"begins: {item}");
        In(PatienceUs, GiveUp);
        Connect();
    }

    internal WorkItem Item => _item;

    internal AtomicActionId? Action { get; private set; }

    internal Told Told { get; private set; }

    internal IReadOnlyList<Damage> Damages { get; private set; } = [];

    internal bool IsDone { get; private set; }

    /// <summary>What Servers said they had done for this action.</summary>
    internal IReadOnlyList<(string Server, WorkRequest Request)> DoneWork => _done;

    private protected override bool WantsSession => !_leaving;

    private protected override void Connected(ManagerIdentityOf manager)
    {
        if (_closing)
        {
            Ask();
        }
        else if (!_opened && _item.Databases is { Leases: true })
        {
            _opened = true;
            _manager = manager.Identity;
            _waitingFor = NextReference();
            Send(new LeaseActions(_waitingFor, 3, 0));
        }
        else if (!_opened)
        {
            _opened = true;
            _manager = manager.Identity;
            _waitingFor = NextReference();
            Send(new TransOpen(_waitingFor, [.. _item.FirstServers], _item.TimeoutMs));
        }
        else
        {
            End(Told.RolledBack); // SEM-9: the session ended without TransClose
        }
    }

    private protected override void Received(SessionMessage message)
    {
        switch (message)
        {
            case TransOpenAck ack when ack.Reference == _waitingFor:
                Action = ack.Action;
                World.Truth.Opened(this);
                World.Counters.Opened++;
                Placed(ack.Places);
                break;
            case Leased leased when leased.Reference == _waitingFor:
                UseLease(leased);
                break;
            case TransOpenSubAck ack when ack.Reference == _waitingFor:
                Placed([ack.Place]);
                break;
            case DoneCommit done:
                Damages = done.Damages;
                if (!EndOwned(commit: true, Told.Committed))
                {
                    End(Told.Committed);
                }

                break;
            case RolledBack back when Action is null || back.Action.Equals(Action):
                Damages = back.Damages;
                if (!EndOwned(commit: false, Told.RolledBack))
                {
                    End(Told.RolledBack);
                }

                break;
            case OutcomeIs outcome:
                Damages = outcome.Damages;
                Answered(outcome.Outcome);
                break;
            case RequestRefused refused when refused.Reference == _waitingFor || _closing:
                Refused(refused.Refusal);
                break;
        }
    }

    private protected override void Lost()
    {
        if (IsDone || _leaving)
        {
            return;
        }

        if (!_closing && Action is null)
        {
            End(Told.Nothing);
        }
        else if (_ending)
        {
            End(Told); // its orders stand; what it cannot say any more, the database's Server finds out
        }
        else if (_closing && !RollsBack)
        {
            CloseConnections();
            _owned.Clear();
            _gaveUp = true;
            Told = Told.InDoubt;
            Connect();
        }
        else if (_owned.Count > 0)
        {
            UndoOwned();
            End(Told.RolledBack);
        }
        else if (_closing)
        {
            Told = Told.InDoubt;
            Connect();
        }
        else
        {
            End(Told.RolledBack);
        }
    }

    private void Placed(IReadOnlyList<ServerPlace> places)
    {
        foreach (ServerPlace place in places)
        {
            if (place.Begun is { } begun)
            {
                _begun[place.Server] = begun;
            }
        }

        if (places.Any(p => p.Begun is null))
        {
            Rollback();
        }
        else
        {
            Next();
        }
    }

    private void Next()
    {
        if (IsDone || _closing || !IsAlive)
        {
            return;
        }

        if (_item.Ending == WorkEnding.VanishWorking && _step == _item.Steps.Count - 1)
        {
            Vanish();
        }
        else if (_step == _item.Steps.Count)
        {
            Finish();
        }
        else if (!_begun.ContainsKey(_item.Steps[_step].Server))
        {
            _waitingFor = NextReference();
            Send(new TransOpenSub(_waitingFor, Action!, null, _item.Steps[_step].Server));
            Expect();
        }
        else
        {
            Work(_item.Steps[_step++]);
        }
    }

    private void Work(WorkStep step)
    {
        BegunAt begun = _begun[step.Server];
        WorkRequest request = new(new BranchOf(Action!, begun.Branch), begun.Incarnation, step.Effects, step.Onward);
        if (World.ServerAt(step.Server) is not { } server)
        {
            In(StepUs, Rollback);
            return;
        }

        bool answered = false;
        World.Net.Post(this, server, () => server.Work(request, done => World.Net.Post(server, this, () =>
        {
            if (answered)
            {
                return;
            }

            answered = true;
            if (done)
            {
                _done.Add((step.Server, request));
                In(_item.ThinkUs, Next);
            }
            else
            {
                Rollback();
            }
        })));
        In(StepUs, () =>
        {
            if (!answered)
            {
                answered = true;
                Rollback(); // a request whose outcome is unknown (SEM-8)
            }
        });
    }

    /// <summary>The answer to the last request has to come in time.</summary>
    private void Expect()
    {
        long reference = _waitingFor;
        In(StepUs * 4, () =>
        {
            if (_waitingFor == reference && !_closing)
            {
                Rollback();
            }
        });
    }

    private void Finish()
    {
        if (WorkAtDatabases())
        {
            return;
        }

        if (_item.Ending == WorkEnding.Rollback)
        {
            Rollback();
            return;
        }

        _closing = true;
        _waitingFor = NextReference();
        Send(new TransClose(_waitingFor, Action!, _item.Answer));
        World.Truth.Closed(this);
        if (_item.Ending == WorkEnding.VanishClosing)
        {
            Vanish();
        }
    }
}
