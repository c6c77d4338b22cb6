using Ccr.Protocol.Machine;

namespace Ccr.Protocol.Tests.Machine;

/// <summary>
/// Every cell of the protocol machine against a second transcription of ccr-standard.md 9, row by row, with the
/// changes of docs/adr/0005. "x" stands for a cell that is no legal request (ours) or a protocol error (the peer's);
/// "=" for dropped.
/// </summary>
public sealed class ProtocolMachineTests
{
    private const string SuperiorStates = "I0 SA SP SR SC SB SI SN SO I DR DC SV";
    private const string SubordinateStates = "I0 UA UP UR UC UB UI UN UO I DU UV UQ UW";

    [Theory]
    [InlineData(SuperiorEvent.BeginReq, "SA x x x x x x x x x x x x", SuperiorAction.BeginRi)]
    [InlineData(SuperiorEvent.PrepareReq, "x SP x x x x x x x x x x x", SuperiorAction.PrepareRi)]
    [InlineData(SuperiorEvent.CommitReq, "x x x SC x x x I x x DC x x", SuperiorAction.CommitRi)]
    [InlineData(SuperiorEvent.RollbackReq, "I SB SB SB x x x I x x I x x", SuperiorAction.RollbackRi)]
    [InlineData(SuperiorEvent.RollbackRsp, "x x x x x x I x x x x x x", SuperiorAction.RollbackRc)]
    [InlineData(SuperiorEvent.OnePhaseReq, "x SO SO x x x x x x x x x x", SuperiorAction.NochangeRi)]
    [InlineData(SuperiorEvent.BeginRc, "x SA SP x x = x x SO x x x x", SuperiorAction.IndBegun)]
    [InlineData(SuperiorEvent.ReadyRi, "x SR SR x x = x x x x x x x", SuperiorAction.IndReady)]
    [InlineData(SuperiorEvent.RollbackRi, "x SI SI x x = x x SI x x x x", SuperiorAction.IndRolledBack)]
    [InlineData(SuperiorEvent.RollbackRc, "x x x x x I x x x x x x x", SuperiorAction.CnfRolledBack)]
    [InlineData(SuperiorEvent.CommitRc, "x x x x I x x x x x x x x", SuperiorAction.CnfCommitted)]
    [InlineData(SuperiorEvent.NochangeRiNotRequired, "x I I x x I x x x x x x x", SuperiorAction.IndNochange)]
    [InlineData(SuperiorEvent.NochangeRiResultRequested, "x SN SN x x = x x x x x x x", SuperiorAction.IndNochange)]
    [InlineData(SuperiorEvent.NochangeRcCommitted, "x x x x x x x x I x x x x", SuperiorAction.CnfCommitted)]
    [InlineData(SuperiorEvent.NochangeRcRolledBack, "x x x x x x x x I x x x x", SuperiorAction.CnfRolledBack)]
    [InlineData(SuperiorEvent.NochangeRcOther, "x x x x x x x x I x x x x", SuperiorAction.IndHazard)]
    [InlineData(SuperiorEvent.OtherApdu, "x x x x x x x x x x x x x", SuperiorAction.None)]
    [InlineData(SuperiorEvent.Loss, "I I I DR DC I I I I x x x x", SuperiorAction.IndRolledBack)]
    [InlineData(SuperiorEvent.RecoverUp, "x x x x x x x x x x x SV x", SuperiorAction.RecoverRiCommit)]
    [InlineData(SuperiorEvent.RecoverRiReady, "I x x x x x x x x I DR SV =", SuperiorAction.RecoverRcUnknown)]
    [InlineData(SuperiorEvent.RecoverRcDone, "x x x x x x x x x = x = I", SuperiorAction.CnfCommitted)]
    [InlineData(SuperiorEvent.RecoverRcRetryLater, "x x x x x x x x x = x = DC", SuperiorAction.None)]
    [InlineData(SuperiorEvent.RecoverRcOther, "x x x x x x x x x x x x x", SuperiorAction.None)]
    [InlineData(SuperiorEvent.RecoveryLoss, "x x x x x x x x x x x x DC", SuperiorAction.None)]
    public void TheSuperiorsRowIsThatOfTheStandard(SuperiorEvent happening, string row, SuperiorAction typical)
    {
        string[] states = SuperiorStates.Split(' ');
        string[] cells = row.Split(' ');
        Assert.Equal(states.Length, cells.Length);
        SuperiorAction seen = SuperiorAction.None;
        for (int i = 0; i < states.Length; i++)
        {
            SuperiorState state = Enum.Parse<SuperiorState>(states[i]);
            Cell<SuperiorState, SuperiorAction> cell = SuperiorMachine.CellOf(state, happening);
            Assert.Equal($"{states[i]}: {cells[i]}", $"{states[i]}: {TextOf(cell.Verdict, cell.Next)}");
            Assert.StartsWith("ccr-standard.md", cell.Clause, StringComparison.Ordinal);
            var machine = new SuperiorMachine(state);
            machine.Apply(happening);
            Assert.Equal(cell.Next, machine.State);
            seen |= cell.Action;
        }

        Assert.True(seen.HasFlag(typical), $"{happening} never does {typical}");
    }

    [Theory]
    [InlineData(SubordinateEvent.BeginRsp, "x UA x x x x x x x x x x x x", SubordinateAction.BeginRc)]
    [InlineData(SubordinateEvent.ReadyReq, "x UR UR x x x x x x x x x x x", SubordinateAction.ReadyRi)]
    [InlineData(SubordinateEvent.NochangeReqNotRequired,
        "x I I x x x x x x x x x x x", SubordinateAction.NochangeRiNotRequired)]
    [InlineData(SubordinateEvent.NochangeReqResultRequested,
        "x UN UN x x x x x x x x x x x", SubordinateAction.NochangeRiResultRequested)]
    [InlineData(SubordinateEvent.RollbackReq, "x UB UB x x x x x x x x x x x", SubordinateAction.RollbackRi)]
    [InlineData(SubordinateEvent.RollbackRsp, "x x x x x x I x x I x x x x", SubordinateAction.RollbackRc)]
    [InlineData(SubordinateEvent.CommitRsp, "x x x x I x x x x x x x I I", SubordinateAction.CommitRc)]
    [InlineData(SubordinateEvent.RecoverRspRetryLater,
        "x x x x x x x x x x x x DU x", SubordinateAction.RecoverRcRetryLater)]
    [InlineData(SubordinateEvent.OnePhaseRspCommitted,
        "x x x x x x x x I I x x x x", SubordinateAction.NochangeRcCommitted)]
    [InlineData(SubordinateEvent.OnePhaseRspRolledBack,
        "x x x x x x x x I I x x x x", SubordinateAction.NochangeRcRolledBack)]
    [InlineData(SubordinateEvent.HeuristicReq, "x x x UR x x x x x x DU UV x x", SubordinateAction.LogHeuristic)]
    [InlineData(SubordinateEvent.BeginRi, "UA x x x x x x x x x x x x x", SubordinateAction.IndBegin)]
    [InlineData(SubordinateEvent.PrepareRi, "x UP x = x = x = x = x x x x", SubordinateAction.IndPrepare)]
    [InlineData(SubordinateEvent.CommitRi, "x x x UC x x x x x x x x x x", SubordinateAction.IndCommit)]
    [InlineData(SubordinateEvent.RollbackRi, "x UI UI UI x UI x I x = x x x x", SubordinateAction.IndRollback)]
    [InlineData(SubordinateEvent.RollbackRc, "x x x x x I x x x x x x x x", SubordinateAction.CnfRolledBack)]
    [InlineData(SubordinateEvent.NochangeRi, "x UO UO x x = x x x = x x x x", SubordinateAction.IndOnePhase)]
    [InlineData(SubordinateEvent.NochangeRc, "x x x x x x x I x x x x x x", SubordinateAction.CnfNochange)]
    [InlineData(SubordinateEvent.OtherApdu, "x x x x x x x x x x x x x x", SubordinateAction.None)]
    [InlineData(SubordinateEvent.Loss, "I I I DU UW I I I I x x x x x", SubordinateAction.IndRollback)]
    [InlineData(SubordinateEvent.RecoverUp, "x x x x x x x x x x UV x x x", SubordinateAction.RecoverRiReady)]
    [InlineData(SubordinateEvent.RecoverRiCommit, "I x x x x x x x x I UQ UQ = UQ", SubordinateAction.IndCommit)]
    [InlineData(SubordinateEvent.RecoverRcCommit, "x x x x x x x x x = = UQ = =", SubordinateAction.IndCommit)]
    [InlineData(SubordinateEvent.RecoverRcUnknown, "x x x x x x x x x = = I = =", SubordinateAction.IndRollback)]
    [InlineData(SubordinateEvent.RecoverRcRetryLater, "x x x x x x x x x = = DU = =", SubordinateAction.None)]
    [InlineData(SubordinateEvent.RecoverRcOther, "x x x x x x x x x x x x x x", SubordinateAction.None)]
    [InlineData(SubordinateEvent.RecoveryLoss, "x x x x x x x x x x x DU UW x", SubordinateAction.None)]
    public void TheSubordinatesRowIsThatOfTheStandard(SubordinateEvent happening, string row, SubordinateAction typical)
    {
        string[] states = SubordinateStates.Split(' ');
        string[] cells = row.Split(' ');
        Assert.Equal(states.Length, cells.Length);
        SubordinateAction seen = SubordinateAction.None;
        for (int i = 0; i < states.Length; i++)
        {
            SubordinateState state = Enum.Parse<SubordinateState>(states[i]);
            Cell<SubordinateState, SubordinateAction> cell = SubordinateMachine.CellOf(state, happening);
            Assert.Equal($"{states[i]}: {cells[i]}", $"{states[i]}: {TextOf(cell.Verdict, cell.Next)}");
            Assert.StartsWith("ccr-standard.md", cell.Clause, StringComparison.Ordinal);
            var machine = new SubordinateMachine(state);
            machine.Apply(happening);
            Assert.Equal(cell.Next, machine.State);
            seen |= cell.Action;
        }

        Assert.True(seen.HasFlag(typical), $"{happening} never does {typical}");
    }

    [Fact]
    public void EveryEventOfBothMachinesHasARowHere()
    {
        Assert.Equal(Enum.GetValues<SuperiorEvent>().Length, RowsOf(nameof(TheSuperiorsRowIsThatOfTheStandard)));
        Assert.Equal(Enum.GetValues<SubordinateEvent>().Length, RowsOf(nameof(TheSubordinatesRowIsThatOfTheStandard)));
    }

    [Theory]
    [InlineData(SuperiorEvent.RecoverRiReady, SuperiorState.DR, SuperiorAction.RecoverRcRetryLater)]
    [InlineData(SuperiorEvent.RecoverRiReady, SuperiorState.DC, SuperiorAction.RecoverRiCommit)]
    [InlineData(SuperiorEvent.CommitReq, SuperiorState.SN, SuperiorAction.NochangeRcCommitted)]
    [InlineData(SuperiorEvent.RollbackReq, SuperiorState.SN, SuperiorAction.NochangeRcRolledBack)]
    [InlineData(SuperiorEvent.RollbackReq, SuperiorState.DR, SuperiorAction.None)]
    [InlineData(SuperiorEvent.CommitReq, SuperiorState.DR, SuperiorAction.None)]
    [InlineData(SuperiorEvent.Loss, SuperiorState.SR, SuperiorAction.None)]
    [InlineData(SuperiorEvent.Loss, SuperiorState.SO, SuperiorAction.IndHazard)]
    [InlineData(SuperiorEvent.Loss, SuperiorState.SB, SuperiorAction.CnfRolledBack)]
    public void SomeCellsOfARowDoSomethingElse(SuperiorEvent happening, SuperiorState state, SuperiorAction action) =>
        Assert.Equal(action, SuperiorMachine.CellOf(state, happening).Action);

    [Fact]
    public void OnlyRequestsAndLocalEventsCanBeImpossible()
    {
        SuperiorEvent[] fromPeer =
        [
            .. Enum.GetValues<SuperiorEvent>()
                .Where(e => e is >= SuperiorEvent.BeginRc and <= SuperiorEvent.OtherApdu),
        ];
        Assert.All(fromPeer, e => Assert.All(Enum.GetValues<SuperiorState>(), s =>
            Assert.NotEqual(Verdict.Impossible, SuperiorMachine.CellOf(s, e).Verdict)));
        SubordinateEvent[] toSubordinate =
        [
            .. Enum.GetValues<SubordinateEvent>()
                .Where(e => e is >= SubordinateEvent.BeginRi and <= SubordinateEvent.OtherApdu),
        ];
        Assert.All(toSubordinate, e => Assert.All(Enum.GetValues<SubordinateState>(), s =>
            Assert.NotEqual(Verdict.Impossible, SubordinateMachine.CellOf(s, e).Verdict)));
    }

    private static string TextOf<TState>(Verdict verdict, TState next) => verdict switch
    {
        Verdict.Do => next!.ToString()!,
        Verdict.Drop => "=",
        _ => "x",
    };

    private static int RowsOf(string theory) => typeof(ProtocolMachineTests).GetMethod(theory)!
        .GetCustomAttributes(typeof(InlineDataAttribute), false).Length;
}
