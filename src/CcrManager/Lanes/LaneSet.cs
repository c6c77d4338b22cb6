using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Lanes;

/// <summary>All lanes of a manager: finds the lane of an action, and tells every lane what concerns them all.</summary>
internal sealed class LaneSet : IDisposable
{
    private readonly LaneHost[] _lanes;

    public LaneSet(int count, Func<int, LaneHost> make)
    {
        _lanes = new LaneHost[count];
        for (int i = 0; i < count; i++)
        {
            _lanes[i] = make(i);
        }
    }

    /// <summary>How many lanes there are.</summary>
    public int Count => _lanes.Length;

    /// <summary>The lanes in order.</summary>
    public IReadOnlyList<LaneHost> All => _lanes;

    public LaneHost this[int index] => _lanes[index];

    /// <summary>The lane of an action.</summary>
    public LaneHost Of(AtomicActionId action) => _lanes[action.LaneOf(_lanes.Length)];

    /// <summary>Tells every lane; a <see cref="Kick"/> has to follow.</summary>
    public void EnqueueAll(Input input)
    {
        foreach (LaneHost lane in _lanes)
        {
            lane.Enqueue(input);
        }
    }

    /// <summary>Sees to it that every lane with something in its inbox is worked on.</summary>
    public void Kick()
    {
        foreach (LaneHost lane in _lanes)
        {
            lane.Kick();
        }
    }

    /// <summary>Tells every lane.</summary>
    public void PostAll(Input input)
    {
        EnqueueAll(input);
        Kick();
    }

    /// <summary>Nothing leaves any lane any more.</summary>
    public void Silence()
    {
        foreach (LaneHost lane in _lanes)
        {
            lane.Silence();
        }
    }

    /// <summary>Ends the lanes' timers.</summary>
    public void Dispose()
    {
        foreach (LaneHost lane in _lanes)
        {
            lane.Dispose();
        }
    }
}
