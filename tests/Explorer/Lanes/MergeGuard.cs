using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;

namespace Ccr.Explorer.Lanes;

/// <summary>
/// Two lanes with equal dumps are taken for one. Here a sample of them is held against it: one that went the known
/// way and one that went another get the same next inputs, and must say the same and be equal again.
/// </summary>
internal sealed class MergeGuard(LaneAutomaton lanes)
{
    private const int NextInputs = 3;

    private readonly ILookup<int, LaneInput> _tried = lanes.Tried();

    /// <summary>Inputs that were given to two lanes.</summary>
    internal int Compared { get; private set; }

    /// <summary>Compares the sample; returns the first difference in words, or null.</summary>
    internal string? Compare()
    {
        foreach ((int from, Input input, int next) in lanes.Merges)
        {
            for (int choice = 0; choice < NextInputs; choice++)
            {
                if (Compare(from, input, next, choice) is { } difference)
                {
                    return difference;
                }
            }
        }

        return null;
    }

    private string? Compare(int from, Input input, int next, int choice)
    {
        Lane known = lanes.LaneAt(next);
        Lane other = lanes.LaneAt(from);
        other.Step(input, []);
        int at = next;
        for (int i = 0; i < NextInputs; i++)
        {
            LaneInput[] tried = [.. _tried[at]];
            if (tried.Length == 0)
            {
                return null;
            }

            LaneInput give = tried[(choice + i) * tried.Length / (2 * NextInputs) % tried.Length];
            LaneMove move = lanes.Move(at, give);
            if (move.Broken is not null)
            {
                return null;
            }

            (UInt128 hash, Effect[] effects) = Step(known, give);
            (UInt128 otherHash, Effect[] otherEffects) = Step(other, give);
            Compared++;
            if (hash != otherHash || !effects.SequenceEqual(otherEffects))
            {
                return $"after {input} in state {from} and {i} more, {give} shows that two lanes are not equal";
            }

            at = move.Next;
        }

        return null;
    }

    private (UInt128 Hash, Effect[] Effects) Step(Lane lane, LaneInput input)
    {
        List<Output> outputs = [];
        lane.Step(lanes.InputOf(input, LaneDump.Of(lane).Deadlines), outputs);
        return (LaneDump.Of(lane).Hash, lanes.EffectsOf(outputs));
    }
}
