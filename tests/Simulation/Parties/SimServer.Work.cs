using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>What a Client asks of a Server's data, within a branch.</summary>
/// <param name="Branch">The branch, as Begun named it.</param>
/// <param name="Incarnation">The start of the Server that began it (SEM-8).</param>
/// <param name="Effects">What to change; none: to read.</param>
/// <param name="Onward">Another Server that this one lets take part on its own account, and what that is to do.</param>
internal sealed record WorkRequest(
    BranchOf Branch, long Incarnation, IReadOnlyList<Effect> Effects,
    (string Server, IReadOnlyList<Effect> Effects)? Onward);

/// <content>Work within branches, and branches that are extended to other Servers.</content>
internal sealed partial class SimServer
{
    private readonly Dictionary<long, Action<ServerPlace?, Refusal?>> _extending = [];

    /// <summary>Does what a Client asks; the answer is whether it was done.</summary>
    internal void Work(WorkRequest request, Action<bool> answer)
    {
        bool known = request.Incarnation == State.Incarnation && _begun.ContainsKey(request.Branch);
        if (!known || !Lock(request))
        {
            answer(false);
            return;
        }

        _begun[request.Branch].AddRange(request.Effects);
        if (request.Onward is not { } onward)
        {
            answer(true);
            return;
        }

        long reference = NextReference();
        _extending.Add(reference, (place, refusal) => Extended(request.Branch, onward.Effects, place, refusal, answer));
        World.Counters.Extensions++;
        Send(new TransOpenSub(reference, request.Branch.Action, request.Branch.Branch, onward.Server));
    }

    private bool Lock(WorkRequest request)
    {
        foreach (Effect effect in request.Effects)
        {
            if (_locks.TryGetValue((effect.IsList, effect.Cell), out AtomicActionId? holder)
                && !holder.Equals(request.Branch.Action))
            {
                return false;
            }
        }

        foreach (Effect effect in request.Effects)
        {
            _locks[(effect.IsList, effect.Cell)] = request.Branch.Action;
        }

        return true;
    }

    private void Answered(long reference, ServerPlace? place, Refusal? refusal)
    {
        if (_extending.Remove(reference, out Action<ServerPlace?, Refusal?>? waiting))
        {
            waiting(place, refusal);
        }
    }

    private void Extended(
        BranchOf own, IReadOnlyList<Effect> effects, ServerPlace? place, Refusal? refusal, Action<bool> answer)
    {
        if (refusal is not null || place?.Begun is not { } begun || !_begun.ContainsKey(own)
            || World.ServerAt(place.Server) is not { } other)
        {
            answer(false);
            return;
        }

        WorkRequest onward = new(new BranchOf(own.Action, begun.Branch), begun.Incarnation, effects, null);
        World.Net.Post(this, other, () => other.Work(onward, done => World.Net.Post(other, this, () => answer(done))));
    }
}
