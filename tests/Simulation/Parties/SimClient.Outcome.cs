using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <content>The end: rollback, vanishing, asking for the outcome.</content>
internal sealed partial class SimClient
{
    private const long AskAgainUs = 2_000_000;

    private int _asked;

    private void Rollback()
    {
        if (IsDone || _closing || Action is null)
        {
            if (Action is null)
            {
                End(Told.Nothing);
            }

            return;
        }

        _closing = true;
        RollsBack = true;
        UndoOwned();
        _waitingFor = NextReference();
        Send(new TransRollback(_waitingFor, Action));
        In(StepUs * 3, () =>
        {
            if (!IsDone)
            {
                End(Told.RolledBack);
            }
        });
    }

    /// <summary>It asked for rollback, and never for commitment.</summary>
    internal bool RollsBack { get; private set; }

    internal bool HasAcknowledged { get; private set; }

    private void Vanish()
    {
        World.Transcript.Say(Name, $"vanishes");
        _leaving = true;
        CloseConnections();
        Leave();
        IsDone = true;
        Told = _ending ? Told : _closing && !RollsBack ? Told.InDoubt : Told.RolledBack;
    }

    private void GiveUp()
    {
        if (IsDone)
        {
            return;
        }

        if (!_closing)
        {
            if (Action is null)
            {
                End(Told.Nothing);
            }
            else
            {
                Rollback();
            }
        }
    }

    private void Ask()
    {
        if (IsDone || Action is null)
        {
            return;
        }

        _waitingFor = NextReference();
        bool again = ++_asked % 3 == 0 && !RollsBack;
        Send(again
            ? new TransClose(_waitingFor, Action, _item.Answer)
            : new AskOutcome(_waitingFor, Action));
    }

    private void AskLater() => In(AskAgainUs, () =>
    {
        if (!IsDone && Session is not null)
        {
            Ask();
        }
    });

    private void Answered(Outcome outcome)
    {
        switch (outcome)
        {
            case Outcome.Committed:
                End(Told.Committed);
                break;
            case Outcome.RolledBack:
                End(Told.RolledBack);
                break;
            case Outcome.Forgotten:
                End(Told.Forgotten);
                break;
            default:
                AskLater();
                break;
        }
    }

    private void Refused(Refusal why)
    {
        World.Transcript.Say(Name, $"refused: {why.Code} {why.Text}");
        World.Counters.AnsweredHeld += why.Code == RefusalCode.Held ? 1 : 0;
        if (Action is null)
        {
            End(Told.Nothing);
        }
        else if (!_closing)
        {
            Rollback();
        }
        else if (why.Code == RefusalCode.UnknownAction)
        {
            End(Told.RolledBack); // final (SEM-1)
        }
        else if (why.Code == RefusalCode.OutcomeForgotten)
        {
            End(Told.Forgotten);
        }
        else
        {
            AskLater();
        }
    }

    private void End(Told told)
    {
        if (IsDone)
        {
            return;
        }

        IsDone = true;
        Told = told;
        World.Transcript.Say(Name, $"knows: {Action} {told}");
        World.Truth.Known(this);
        CloseConnections();
        if (_item.Acknowledges && Action is not null && told is Told.Committed or Told.RolledBack)
        {
            HasAcknowledged = true;
            Send(new Acknowledge([Action!]));
        }

        _leaving = true;
        In(5_000, Leave);
    }
}
