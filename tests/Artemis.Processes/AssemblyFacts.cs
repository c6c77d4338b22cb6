// Tests that kill at steps, and not at moments, run two at a time; those of the collection below run by themselves.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace Ccr.Artemis.Processes;

/// <summary>
/// Programs that are stopped and killed at chosen moments: two of them at a time would make each other's moments
/// random.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AtMoments
{
    internal const string Name = "at moments";
}
