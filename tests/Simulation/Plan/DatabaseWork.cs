namespace Ccr.Simulation;

/// <summary>Moments in the life of an action with application branches.</summary>
internal enum OwnerMoment
{
    Never,
    BeforeEnlist,
    PreparesSent,
    FirstPrepared,
    BeforeClose,
    Closed,
    Decided,
    EndsSent,
    FirstEnded,
}

/// <summary>What a Client does at databases of its node, over connections of its own.</summary>
/// <param name="Steps">Each database and what is to change there.</param>
internal sealed record DatabaseWork(IReadOnlyList<(string Database, IReadOnlyList<Effect> Effects)> Steps)
{
    /// <summary>The action is opened by a leased identifier, without a round trip.</summary>
    internal bool Leases { get; init; }

    /// <summary>It is killed there.</summary>
    internal OwnerMoment DiesAt { get; init; }

    /// <summary>It stands still there.</summary>
    internal OwnerMoment StopsAt { get; init; }

    /// <summary>For so long.</summary>
    internal long StopsForUs { get; init; }

    /// <summary>It leaves a branch to the database's Server though it could end it.</summary>
    internal bool HandsOver { get; init; }

    /// <summary>It acknowledges the outcome before its branches are ended.</summary>
    internal bool AcknowledgesEarly { get; init; }
}

/// <summary>Draws what Clients do at databases; its chances are its own.</summary>
internal sealed class DatabaseDrawer(ulong seed, Knobs knobs)
{
    private static readonly OwnerMoment[] Moments = Enum.GetValues<OwnerMoment>();

    private readonly Prng _chance = new(seed, 6);

    internal WorkItem AddTo(WorkItem item)
    {
        if (knobs.DatabasesPerNode == 0 || !_chance.Chance(0.6))
        {
            return item;
        }

        bool alone = _chance.Chance(0.5);
        List<int> chosen = [.. Enumerable.Range(0, knobs.DatabasesPerNode)];
        if (_chance.Chance(0.3))
        {
            chosen.RemoveAt(_chance.Below(chosen.Count));
        }

        return item with
        {
            Steps = alone ? [] : item.Steps,
            OpenedTogether = alone ? 0 : item.OpenedTogether,
            Databases = new DatabaseWork([.. chosen.Select((d, i) =>
                (SimWorld.DatabaseName(item.Home, d), EffectsOf(item, i, chosen.Count)))])
            {
                Leases = _chance.Chance(0.6),
                DiesAt = _chance.Chance(0.3) ? _chance.Pick<OwnerMoment>(Moments) : OwnerMoment.Never,
                StopsAt = _chance.Chance(0.2) ? _chance.Pick<OwnerMoment>(Moments) : OwnerMoment.Never,
                StopsForUs = _chance.Between(1_000, 15_000_000),
                HandsOver = _chance.Chance(0.15),
                AcknowledgesEarly = _chance.Chance(0.3),
            },
        };
    }

    // Money goes from the first to the last: the sum is zero.
    private static IReadOnlyList<Effect> EffectsOf(WorkItem item, int index, int count)
    {
        int cell = (item.Number + index) % ServerState.Accounts;
        if (count == 1)
        {
            return [new Effect(cell, false, -5), new Effect((cell + 1) % ServerState.Accounts, false, 5)];
        }

        long value = index == 0 ? -7 : index == count - 1 ? 7 : 0;
        return value == 0 ? [] : [new Effect(cell, false, value), new Effect(item.Number % ServerState.Lists, true,
            1_000 + item.Number)];
    }
}
