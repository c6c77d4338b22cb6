using Ccr.AtomicActions.Contract;

namespace Ccr.CcrManager.Lanes;

/// <summary>Something to be done on a lane's thread that is no input of its core.</summary>
internal sealed record LaneJob(Action<ILaneCore> Run) : Input;

/// <summary>The lane's timer has gone off: some of its deadlines are reached.</summary>
internal sealed record DeadlinesDue : Input
{
    public static DeadlinesDue Instance { get; } = new();
}

/// <summary>An input in a lane's inbox, with the connection whose share of the inbox it uses.</summary>
internal readonly record struct InboxItem(Input Input, Inflow? From, int Octets);
