using Ccr.AtomicActions.Contract;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <content>TransOpen, TransOpenSub, extend: letting Servers and nodes take part.</content>
internal sealed partial class Coordinator
{
    /// <summary>TransOpen: a new atomic action, with this node as its root.</summary>
    internal static Coordinator Open(Lane lane, SessionId client, TransOpen message, AtomicActionId action)
    {
        int timeoutMs = message.TimeoutMs == 0 ? lane.Options.ActionTimeoutMs : message.TimeoutMs;
        var coordinator = new Coordinator(lane, action, [], timeoutMs) { Client = client };
        lane.Actions.Add(coordinator);
        lane.Deadlines.Set(coordinator, DeadlineKind.Action, timeoutMs);
        coordinator.Let(message.Servers, places =>
            lane.Reply(action, client, new TransOpenAck(message.Reference, action, places)));
        return coordinator;
    }

    /// <summary>TransOpenSub, from the Client, or from a Server that extends its own branch.</summary>
    internal void OpenSub(SessionId session, TransOpenSub message)
    {
        if (Phase != ActionPhase.Active)
        {
            _lane.Refuse(session, message.Reference, RefusalCode.WrongState,
                $"{Action} is {Phase}: no Server can join it any more.");
            return;
        }

        Let([message.Server], places =>
            _lane.Reply(Action, session, new TransOpenSubAck(message.Reference, Action, places[0])));
    }

    /// <summary>The superior adds a Server of this node to the branch.</summary>
    internal void Extend(ExtendData extend)
    {
        if (Phase == ActionPhase.Active)
        {
            Let([extend.Server], places => Up!.Extended(extend.Reference, places[0]));
        }
    }

    /// <summary>A remote branch was never begun: it is as if it had not been asked for.</summary>
    internal void Remove(RemoteBranch branch) => _remotes.Remove(branch);

    private void Let(IReadOnlyList<string> servers, Action<IReadOnlyList<ServerPlace>> answer)
    {
        var request = new OpenRequest(places =>
        {
            if (!_requests.Exists(r => !r.Answered))
            {
                _requests.Clear();
                _lane.Deadlines.Clear(this, DeadlineKind.Begin);
            }

            answer(places);
        });
        _requests.Add(request);
        _lane.Deadlines.Set(this, DeadlineKind.Begin, _lane.Options.BeginTimeoutMs);
        foreach (string server in servers)
        {
            Place(request.Add(server));
        }

        BeginNew();
        request.Start();
    }

    private void Place(Placement placement)
    {
        if (_locals.Count + _remotes.Count >= Limits.BranchesPerActionMax)
        {
            Refuse(placement, RefusalCode.Limit, $"An action has at most {Limits.BranchesPerActionMax} branches here.");
        }
        else if (_lane.Servers.Find(placement.Server) is { } local)
        {
            PlaceHere(placement, local);
        }
        else
        {
            LookUp(placement, fresh: false);
        }
    }

    private void LookUp(Placement placement, bool fresh)
    {
        placement.AskedAfresh |= fresh;
        _lane.Locator.Find(placement.Server, fresh, (node, refusal) =>
        {
            Located(placement, node, refusal);
            BeginNew();
        });
    }

    private void Located(Placement placement, NodeName node, Refusal? refusal)
    {
        if (Phase != ActionPhase.Active)
        {
            Refuse(placement, RefusalCode.WrongState, $"{Action} is {Phase}.");
        }
        else if (refusal is not null || node.IsNone)
        {
            placement.Resolve(Refused(placement, refusal ?? new Refusal(
                RefusalCode.NoSuchServer, $"Nobody knows a Server named {placement.Server}.")));
        }
        else if (node == _lane.Self.Node)
        {
            PlaceHereAfterLookUp(placement);
        }
        else if (_path.Contains(node))
        {
            Refuse(placement, RefusalCode.Cycle,
                $"{placement.Server} is on {node}, which is an ancestor of {_lane.Self.Node} in {Action}.");
        }
        else if (_path.Count + 2 > Limits.TreeDepthMax)
        {
            Refuse(placement, RefusalCode.TooDeep, $"A tree has at most {Limits.TreeDepthMax} nodes in a row.");
        }
        else
        {
            PlaceAt(placement, node);
        }
    }

    private void PlaceHereAfterLookUp(Placement placement)
    {
        if (_lane.Servers.Find(placement.Server) is { } local)
        {
            PlaceHere(placement, local);
        }
        else if (!placement.AskedAfresh)
        {
            LookUp(placement, fresh: true);
        }
        else
        {
            // It comes back by itself when its manager or it was restarted: a passing reason (SEM-12).
            Refuse(placement, RefusalCode.ServerLost,
                $"{placement.Server} is registered on {_lane.Self.Node} but not connected to its manager: retry.");
        }
    }

    private void PlaceHere(Placement placement, LocalServer local)
    {
        if (local.IsDatabase)
        {
            Refuse(placement, RefusalCode.NotPermitted,
                $"{placement.Server} is a database: its branches are enlisted by whoever holds a connection to it.");
            return;
        }

        LocalBranch? there = _locals.Find(b => b.Server == placement.Server && b.State != LocalState.Ended);
        if (there is { State: LocalState.Active, At: { } at })
        {
            placement.Resolve(new ServerPlace(
                placement.Server, _lane.Self.Node, new BegunAt(there.Id, at.Incarnation, at.Addresses), null));
            return;
        }

        if (there is { State: LocalState.Beginning })
        {
            there.Join(placement);
            return;
        }

        if (there is not null)
        {
            Refuse(placement, RefusalCode.WrongState, $"The branch at {placement.Server} has voted or ended.");
            return;
        }

        if (_lane.Owed.Objection(local) is { } objection)
        {
            Refuse(placement, objection.Code, objection.Text);
            return;
        }

        var branch = new LocalBranch(_lane, this, placement.Server, _lane.Actions.NextBranch(Action));
        _locals.Add(branch);
        branch.Begin(local, placement);
    }

    private void PlaceAt(Placement placement, NodeName node)
    {
        // A place from memory may be out of date: the Server has moved, and is looked for once more (SEM-7).
        placement.Retry = why =>
        {
            bool moved = why.Code is RefusalCode.NoSuchServer or RefusalCode.ServerLost or RefusalCode.NodeUnreachable
                && !placement.AskedAfresh && Phase == ActionPhase.Active;
            if (moved)
            {
                LookUp(placement, fresh: true);
            }

            return moved;
        };
        RemoteBranch? branch = _remotes.Find(b => b.Node == node && b.CanExtend);
        if (branch is null)
        {
            branch = new RemoteBranch(_lane, this, node, _lane.Actions.NextBranch(Action));
            _remotes.Add(branch);
            _notBegun.Add(branch);
        }

        branch.Add(placement);
    }

    /// <summary>C-BEGIN goes when all Servers of a request are known, so that one carries several.</summary>
    private void BeginNew()
    {
        RemoteBranch[] fresh = [.. _notBegun];
        _notBegun.Clear();
        foreach (RemoteBranch branch in fresh)
        {
            branch.Begin();
        }
    }

    private ServerPlace Refused(Placement placement, Refusal why) => new(placement.Server, _lane.Self.Node, null, why);

    private void Refuse(Placement placement, RefusalCode code, string text)
    {
        placement.Retry = null;
        placement.Resolve(Refused(placement, new Refusal(code, text)));
    }
}
