using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Lanes;

/// <summary>The sans-IO core of one lane, as its host sees it.</summary>
internal interface ILaneCore
{
    /// <summary>Takes one input; adds what is to be done to <paramref name="batch"/>.</summary>
    void Step(Input input, List<Output> batch);

    /// <summary>The lane's actions for an operator: one alone with its branches, or all, or those held.</summary>
    IReadOnlyList<ActionStatus> Describe(AtomicActionId? one, bool held);

    /// <summary>How many actions and branches are live.</summary>
    int Live { get; }

    /// <summary>How many actions and branches are live and not in doubt: a clean stop waits for them.</summary>
    int Unfinished { get; }

    /// <summary>What the core has counted since its start, by name.</summary>
    IEnumerable<(string Name, long Value)> Counters();
}
