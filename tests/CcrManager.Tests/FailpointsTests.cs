using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Tests;

public sealed class FailpointsTests
{
    private static readonly AtomicActionId s_action =
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(1, 1));

    private int _kills;

    [Fact]
    public void ItKillsAtTheCountedTimeAndNoOther()
    {
        Failpoints points = Failpoints.Parse("after-force:log-commit@3", () => _kills++);
        LogCommit commit = new(s_action, null, null, [], []);
        points.AfterForce(commit);
        points.AfterForce(new Forget(s_action, null, Outcome.Committed));
        points.AfterForce(commit);
        Assert.Equal(0, _kills);
        points.AfterForce(commit);
        Assert.Equal(1, _kills);
        points.AfterForce(commit);
        Assert.Equal(1, _kills);
    }

    [Theory]
    [InlineData("after-send:C-READY-RI")]
    [InlineData("after-send:c-nothing, after-send:C-READY-RI")]
    public void AnApduIsNamedAsInTheStandard(string text)
    {
        Failpoints points = Failpoints.Parse(text, () => _kills++);
        points.AfterSend(new Data(1, new PrepareRi()));
        Assert.Equal(0, _kills);
        points.AfterSend(new Data(1, new ReadyRi()));
        Assert.Equal(1, _kills);
    }

    [Fact]
    public void AMessageIsNamedAsInTheModule() =>
        Assert.Equal(
            ["trans-open-ack", "done-commit", "rollback", "forget", "C-COMMIT-RC"],
            new object[]
            {
                new TransOpenAck(1, s_action, []), new DoneCommit(1, s_action, []),
                new RollbackBranch("s", s_action, new BranchId(s_action.Owner, Suffix.OfInteger(1))),
                new ForgetBranch("s", s_action, new BranchId(s_action.Owner, Suffix.OfInteger(1))),
                new Data(1, new CommitRc()),
            }.Select(Failpoints.KindOf));

    [Fact]
    public void WithoutAPointNothingIsActive()
    {
        Assert.False(Failpoints.Parse(null, () => _kills++).Active);
        Assert.False(Failpoints.Parse(" ", () => _kills++).Active);
    }

    [Theory]
    [InlineData("log-commit")]
    [InlineData("after-force:log-commit@0")]
    [InlineData("after-force:log-commit@x")]
    [InlineData("before-send:C-READY-RI")]
    public void WhatIsNoFailpointIsRefusedInWords(string text)
    {
        FormatException wrong = Assert.Throws<FormatException>(() => Failpoints.Parse(text, () => _kills++));
        Assert.Contains(text, wrong.Message, StringComparison.Ordinal);
    }
}
