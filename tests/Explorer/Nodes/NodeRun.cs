using Ccr.AtomicActions.Contract;
using Ccr.Explorer.Lanes;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.Nodes;

/// <summary>
/// One step of one node being carried out: the lane's outputs go through the real gate, the Server obeys at once (its
/// own time changes nothing that others see), and what leaves is held against the rules. It may be cut off behind any
/// number of departures.
/// </summary>
internal sealed class NodeRun(Cast cast, LaneAutomaton lanes, ServerModel server, int node, NodeState state)
{
    private const string NoAssociation = "There is no such association.";

    private readonly OutputGate _gate = new();
    private readonly Dictionary<Departure, Effect> _waiting = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<LaneInput> _answers = [];

    internal List<Emission> Left { get; } = [];

    /// <summary>What was seen, in order.</summary>
    internal List<Sight> Sights { get; } = [];

    internal string? Broken { get; private set; }

    /// <summary>Departures carried out so far.</summary>
    internal int Departures { get; private set; }

    /// <summary>Records appended by this step.</summary>
    internal int Appended { get; private set; }

    /// <summary>The step is cut off in front of this departure.</summary>
    internal int CutAt { get; init; } = int.MaxValue;

    internal bool IsCut { get; private set; }

    /// <summary>Sets the gate as the state says.</summary>
    internal void Prepare()
    {
        List<Departure> none = [];
        _gate.Forced(state.Forced, none);
        foreach (Effect effect in state.Gate)
        {
            Departure departure = DepartureOf(effect);
            Invariant.Holds(!_gate.Admit(departure), "what waited waits");
            _waiting.Add(departure, effect);
        }
    }

    /// <summary>Gives the lane one input, and what its host answers at once.</summary>
    internal void Step(LaneInput input)
    {
        _answers.Enqueue(input);
        while (_answers.TryDequeue(out LaneInput next) && !IsCut && Broken is null)
        {
            LaneMove move = lanes.Move(state.Lane, next);
            if (move.Broken is { } broken)
            {
                Fail(broken);
                return;
            }

            state.Lane = move.Next;
            foreach (Effect effect in move.Effects)
            {
                CarryOut(effect);
            }
        }
    }

    /// <summary>The log is forced: what waited for it leaves.</summary>
    internal void Force()
    {
        state.Forcing = false;
        state.Forced = state.Position;
        DiskModel.Keep(cast, state, state.Written.Count, Sights);
        state.Written.Clear();
        List<Departure> released = [];
        _gate.Forced(state.Forced, released);
        foreach (Departure departure in released)
        {
            Effect effect = _waiting[departure];
            if (Depart(effect))
            {
                _waiting.Remove(departure);
                state.Gate.Remove(effect);
            }
        }
    }

    internal void Fail(string what) => Broken ??= $"{what}, at {cast.Nodes[node]}";

    private void CarryOut(Effect effect)
    {
        if (IsCut)
        {
            return;
        }

        switch (effect.Kind)
        {
            case EffectKind.Append:
                Append(effect);
                break;
            case EffectKind.Connect:
                state.Connecting.Add(effect.A);
                break;
            case EffectKind.Locate:
                _answers.Enqueue(new LaneInput(LaneInputKind.Located, effect.A, effect.A));
                break;
            default:
                Departure departure = DepartureOf(effect);
                if (_gate.Admit(departure))
                {
                    Depart(effect);
                }
                else
                {
                    _waiting.Add(departure, effect);
                    state.Gate.Add(effect);
                }

                break;
        }
    }

    private void Append(Effect effect)
    {
        Appended++;
        state.Position++;
        state.Written.Add(effect.A);
        state.Forcing |= effect.B == 1;
        if (cast.Records[effect.A] is Forget { Branch: null, Outcome: Outcome.Committed })
        {
            state.Seen |= Seen.Forgot;
        }
    }

    private Departure DepartureOf(Effect effect) => effect.Kind switch
    {
        EffectKind.Frame => new SendOnLink(new LinkId(effect.A), AssociationOf(effect.B), cast.Frames[effect.B],
            effect.After),
        EffectKind.ToSession => new SendToSession(new SessionId(effect.A), cast.Messages[effect.B], effect.After),
        _ => new SendToNode(cast.Nodes[effect.A], cast.Frames[effect.B], effect.After),
    };

    private long AssociationOf(int frame) => ((AssociationMessage)cast.Frames[frame]).Association;

    private bool Depart(Effect effect)
    {
        if (Departures >= CutAt)
        {
            IsCut = true;
            return false;
        }

        Departures++;
        switch (effect.Kind)
        {
            case EffectKind.Frame:
                Check(cast.Frames[effect.B]);
                if (cast.Frames[effect.B] is Data)
                {
                    Sights.Add(new Sight(SightKind.FrameLeft, effect.A, effect.B));
                }

                Left.Add(new Emission(effect.A, -1, effect.B));
                break;
            case EffectKind.ToNode:
                Left.Add(new Emission(-1, effect.A, effect.B));
                break;
            default:
                ToSession(effect.A, effect.B);
                break;
        }

        return true;
    }

    private void ToSession(int session, int message)
    {
        if (cast.Messages[message] is BranchMessage)
        {
            if (session == state.ServerSession && state.Server == ServerLink.Connected)
            {
                Sights.Add(new Sight(SightKind.ServerOrdered, message));
                state.ToServer.Add(message);
                server.Obey(this, state);
            }
        }
        else if (session == state.ClientSession)
        {
            Sights.Add(new Sight(SightKind.ClientTold, message));
            ClientModel.Hear(this, state, cast.Messages[message]);
        }
    }

    // I3, I4, I6, I8: what a frame says must stand in the log before it leaves.
    private void Check(LinkMessage frame)
    {
        // An association that was just ended here may still be written to by the peer: that is no error of anybody.
        if (frame is Abort { Refusal: { Code: RefusalCode.ProtocolError, Text: not NoAssociation } } abort)
        {
            Fail($"a protocol error among honest nodes: {abort.Refusal.Text}");
        }

        if (frame is not Data { Apdu: { } apdu })
        {
            return;
        }

        switch (apdu)
        {
            case ReadyRi:
                Require(state.Seen.HasFlag(Seen.ReadyForced), "I3", "C-READY left before log-ready was forced");
                break;
            case CommitRi or RecoverRi { State: RecoveryState.Commit }:
                Require(state.Seen.HasFlag(Seen.CommitForced) || state.Seen.HasFlag(Seen.Heuristic), "I4",
                    "C-COMMIT left before log-commit was forced");
                Require(node != 0 || !state.Seen.HasFlag(Seen.SaidRollback), "I6", "said rollback, then commit");
                state.Seen |= Seen.SaidCommit;
                break;
            case RecoverRc { State: RecoveryState.Unknown } unknown:
                // One that has confirmed may still have asked before: its question is void.
                bool owed = IsDurable<LogCommit>() && lanes.FactsOf(state.Lane).Unconfirmed.Any(
                    b => b.Suffix.Equals(unknown.BranchSuffix));
                Require(!owed, "I8", "answered unknown while log-commit stands, to one that has not confirmed");
                break;
            case RollbackRi when node == 0:
                SaysRollback();
                break;
        }
    }

    private void SaysRollback()
    {
        Require(node != 0 || !state.Seen.HasFlag(Seen.SaidCommit), "I6", "said commit, then rollback");
        state.Seen |= Seen.SaidRollback;
    }

    private bool IsDurable<T>()
        where T : LogContent => state.Durable.Exists(r => cast.Records[r] is T);

    internal void Require(bool holds, string rule, string what)
    {
        if (!holds)
        {
            Fail($"{rule}: {what}");
        }
    }
}
