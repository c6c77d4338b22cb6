using Ccr.Protocol.Machine;

namespace Ccr.Hostile.Sequences;

/// <summary>Two protocol machines get APDUs in any order: protocol errors at worst, nothing impossible.</summary>
public sealed class MachineTests
{
    private const int Walks = 5_000;
    private const int StepsPerWalk = 60;

    private static readonly SuperiorEvent[] AtSuperior =
    [
        .. Enum.GetValues<SuperiorEvent>().Where(e => e is >= SuperiorEvent.BeginRc and <= SuperiorEvent.OtherApdu),
        SuperiorEvent.RecoverRiReady, SuperiorEvent.RecoverRcDone, SuperiorEvent.RecoverRcRetryLater,
        SuperiorEvent.RecoverRcOther,
    ];

    private static readonly SubordinateEvent[] AtSubordinate =
    [
        .. Enum.GetValues<SubordinateEvent>()
            .Where(e => e is >= SubordinateEvent.BeginRi and <= SubordinateEvent.OtherApdu),
        SubordinateEvent.RecoverRiCommit, SubordinateEvent.RecoverRcCommit, SubordinateEvent.RecoverRcUnknown,
        SubordinateEvent.RecoverRcRetryLater, SubordinateEvent.RecoverRcOther,
    ];

    private static readonly SuperiorEvent[] OfSuperior = [.. Enum.GetValues<SuperiorEvent>().Except(AtSuperior)];

    private static readonly SubordinateEvent[] OfSubordinate =
        [.. Enum.GetValues<SubordinateEvent>().Except(AtSubordinate)];

    [Fact]
    public void What_a_peer_sends_is_impossible_in_no_state_of_a_superior()
    {
        foreach (SuperiorState state in Enum.GetValues<SuperiorState>())
        {
            foreach (SuperiorEvent apdu in AtSuperior)
            {
                SuperiorMachine machine = new(state);
                Assert.NotEqual(Verdict.Impossible, Receive(machine, apdu));
            }
        }
    }

    [Fact]
    public void What_a_peer_sends_is_impossible_in_no_state_of_a_subordinate()
    {
        foreach (SubordinateState state in Enum.GetValues<SubordinateState>())
        {
            foreach (SubordinateEvent apdu in AtSubordinate)
            {
                SubordinateMachine machine = new(state);
                Assert.NotEqual(Verdict.Impossible, Receive(machine, apdu));
            }
        }
    }

    [Fact]
    public void Random_walks_of_both_machines_meet_nothing_impossible()
    {
        Random random = new(11);
        HashSet<(SuperiorState, SuperiorEvent)> superior = [];
        HashSet<(SubordinateState, SubordinateEvent)> subordinate = [];
        long applied = 0;
        for (int walk = 0; walk < Walks; walk++)
        {
            SuperiorMachine above = new();
            SubordinateMachine below = new();
            for (int step = 0; step < StepsPerWalk; step++)
            {
                OwnRequest(above, random);
                OwnRequest(below, random);
                SuperiorEvent toSuperior = AtSuperior[random.Next(AtSuperior.Length)];
                SubordinateEvent toSubordinate = AtSubordinate[random.Next(AtSubordinate.Length)];
                superior.Add((above.State, toSuperior));
                subordinate.Add((below.State, toSubordinate));
                Assert.NotEqual(Verdict.Impossible, Receive(above, toSuperior));
                Assert.NotEqual(Verdict.Impossible, Receive(below, toSubordinate));
                applied += 2;
            }
        }

        new Evidence.Evidence("hostile-bytes", "protocol machines").Count("APDUs applied", applied)
            .Count("cells of the superior", superior.Count).Count("cells of the subordinate", subordinate.Count)
            .Write();
        Assert.True(superior.Count > 90 && subordinate.Count > 90, $"{superior.Count} {subordinate.Count}");
    }

    /// <summary>As a lane does: LOSS goes before a RECOVER for what looks alive, and follows an error.</summary>
    private static Verdict Receive(SuperiorMachine machine, SuperiorEvent apdu)
    {
        if (apdu == SuperiorEvent.RecoverRiReady)
        {
            Lose(machine);
        }

        Verdict verdict = machine.Apply(apdu).Verdict;
        if (verdict == Verdict.ProtocolError)
        {
            Lose(machine);
        }

        return verdict;
    }

    private static Verdict Receive(SubordinateMachine machine, SubordinateEvent apdu)
    {
        if (apdu == SubordinateEvent.RecoverRiCommit)
        {
            Lose(machine);
        }

        Verdict verdict = machine.Apply(apdu).Verdict;
        if (verdict == Verdict.ProtocolError)
        {
            Lose(machine);
        }

        return verdict;
    }

    private static void Lose(SuperiorMachine machine)
    {
        if (SuperiorMachine.CellOf(machine.State, SuperiorEvent.Loss).Verdict != Verdict.Impossible)
        {
            machine.Apply(SuperiorEvent.Loss);
        }
    }

    private static void Lose(SubordinateMachine machine)
    {
        if (SubordinateMachine.CellOf(machine.State, SubordinateEvent.Loss).Verdict != Verdict.Impossible)
        {
            machine.Apply(SubordinateEvent.Loss);
        }
    }

    private static void OwnRequest(SuperiorMachine machine, Random random)
    {
        SuperiorEvent request = OfSuperior[random.Next(OfSuperior.Length)];
        if (SuperiorMachine.CellOf(machine.State, request).Verdict == Verdict.Do)
        {
            machine.Apply(request);
        }
    }

    private static void OwnRequest(SubordinateMachine machine, Random random)
    {
        SubordinateEvent request = OfSubordinate[random.Next(OfSubordinate.Length)];
        if (SubordinateMachine.CellOf(machine.State, request).Verdict == Verdict.Do)
        {
            machine.Apply(request);
        }
    }
}
