using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>The log was started again; forced before anything else is answered.</summary>
public sealed record EpochRecord(ManagerIdentity Identity, int Format) : LogContent
{
    private protected override int Alternative => 0;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteIdentity(C0, Identity);
        writer.WriteInteger(C1, Format);
    }

    internal static EpochRecord Read(ref BerReader reader) => new(
        reader.ReadIdentity(C0), reader.ReadInt32(C1, 1, 65535));
}

/// <summary>
/// Forced before C-READY-RI: the branch to the superior, where the superior was last (a hint), the ready branches
/// below.
/// </summary>
public sealed record LogReady(
    AtomicActionId Action, BranchId Branch, ManagerIdentity Superior, string Address,
    IReadOnlyList<Subordinate> Subordinates, IReadOnlyList<ServerBranch> Servers)
    : LogContent
{
    /// <inheritdoc cref="LogReady"/>
    public IReadOnlyList<Subordinate> Subordinates { get; init => field = ValueList.Of(value); }
        = ValueList.Of(Subordinates);

    /// <inheritdoc cref="LogReady"/>
    public IReadOnlyList<ServerBranch> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);

    private protected override int Alternative => 1;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteBranch(C1, Branch);
        writer.WriteIdentity(C2, Superior);
        writer.WriteText(C3, Address);
        writer.WriteList(C4, Subordinates);
        writer.WriteList(C5, Servers);
    }

    internal static LogReady Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadBranch(C1), reader.ReadIdentity(C2), reader.ReadText(C3),
        reader.ReadList(C4, Subordinate.Read), reader.ReadList(C5, ServerBranch.Read));
}

/// <summary>Forced before the first C-COMMIT-RI, or Commit to a Server; no branch and superior at the root.</summary>
public sealed record LogCommit(
    AtomicActionId Action, BranchId? Branch, ManagerIdentity? Superior, IReadOnlyList<Subordinate> Subordinates,
    IReadOnlyList<ServerBranch> Servers)
    : LogContent
{
    /// <inheritdoc cref="LogCommit"/>
    public IReadOnlyList<Subordinate> Subordinates { get; init => field = ValueList.Of(value); }
        = ValueList.Of(Subordinates);

    /// <inheritdoc cref="LogCommit"/>
    public IReadOnlyList<ServerBranch> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);

    private protected override int Alternative => 2;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteOptionalBranch(C1, Branch);
        writer.WriteOptionalIdentity(C2, Superior);
        writer.WriteList(C3, Subordinates);
        writer.WriteList(C4, Servers);
    }

    internal static LogCommit Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadOptionalBranch(C1), reader.ReadOptionalIdentity(C2),
        reader.ReadList(C3, Subordinate.Read), reader.ReadList(C4, ServerBranch.Read));
}

/// <summary>A heuristic decision; forced before it is acted upon.</summary>
public sealed record Heuristic(
    AtomicActionId Action, BranchId Branch, Decision Decision, long TimeUs, string Operator)
    : LogContent
{
    private protected override int Alternative => 3;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteBranch(C1, Branch);
        writer.WriteEnumerated(C2, (int)Decision);
        writer.WriteInteger(C3, TimeUs);
        writer.WriteText(C4, Operator);
    }

    internal static Heuristic Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadBranch(C1), (Decision)reader.ReadEnum(C2, (int)Decision.Rollback),
        reader.ReadInteger(C3), reader.ReadText(C4));
}

/// <summary>Forced before the confirm that reports it; kept until an operator forgets it (SEM-4).</summary>
public sealed record LogDamage(
    AtomicActionId Action, BranchId? Branch, ManagerIdentity? Superior, Outcome Outcome,
    IReadOnlyList<Damage> Damages, bool Reported)
    : LogContent
{
    /// <inheritdoc cref="LogDamage"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);

    private protected override int Alternative => 4;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteOptionalBranch(C1, Branch);
        writer.WriteOptionalIdentity(C2, Superior);
        writer.WriteEnumerated(C3, (int)Outcome);
        writer.WriteList(C4, Damages);
        writer.WriteBoolean(C5, Reported);
    }

    internal static LogDamage Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadOptionalBranch(C1), reader.ReadOptionalIdentity(C2),
        (Outcome)reader.ReadEnum(C3, (int)Outcome.Forgotten), reader.ReadList(C4, Damage.Read),
        reader.ReadBoolean(C5));
}

/// <summary>Nothing is left to do. Not forced, but at a subordinate that committed: before its confirm.</summary>
public sealed record Forget(AtomicActionId Action, BranchId? Branch, Outcome Outcome) : LogContent
{
    private protected override int Alternative => 5;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        writer.WriteOptionalBranch(C1, Branch);
        writer.WriteEnumerated(C2, (int)Outcome);
    }

    internal static Forget Read(ref BerReader reader) => new(
        reader.ReadAction(C0), reader.ReadOptionalBranch(C1), (Outcome)reader.ReadEnum(C2, (int)Outcome.Forgotten));
}

/// <summary>What was live when the log's first part was dropped; a large one comes in several parts.</summary>
public sealed record Checkpoint(int Part, int Parts, ManagerIdentity Identity, IReadOnlyList<LogContent> Live)
    : LogContent
{
    /// <inheritdoc cref="Checkpoint"/>
    public IReadOnlyList<LogContent> Live { get; init => field = ValueList.Of(value); } = ValueList.Of(Live);

    private protected override int Alternative => 6;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Part);
        writer.WriteInteger(C1, Parts);
        writer.WriteIdentity(C2, Identity);
        writer.WriteList(C3, Live);
    }

    internal static Checkpoint Read(ref BerReader reader) => new(
        reader.ReadInt32(C0, 1, int.MaxValue), reader.ReadInt32(C1, 1, int.MaxValue), reader.ReadIdentity(C2),
        reader.ReadList(C3, LogContent.Read));
}

/// <summary>
/// This Server may hold outcomes that it decided alone; forced before the first of each epoch (SEM-5).
/// </summary>
public sealed record OnePhaseServer(string Server) : LogContent
{
    private protected override int Alternative => 7;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteServerName(C0, Server);
    }

    internal static OnePhaseServer Read(ref BerReader reader) => new(reader.ReadServerName(C0));
}

/// <summary>What an operator did, for the record.</summary>
public sealed record OperatorNote(long TimeUs, string Operator, string Text) : LogContent
{
    private protected override int Alternative => 8;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, TimeUs);
        writer.WriteText(C1, Operator);
        writer.WriteSentence(C2, Text);
    }

    internal static OperatorNote Read(ref BerReader reader) => new(
        reader.ReadInteger(C0), reader.ReadText(C1), reader.ReadText(C2));
}

/// <summary>
/// Outcomes of our actions up to (epoch, counter) may have been dropped without an acknowledgement: nobody is told
/// "rolled back" of them (SEM-1). The highest counts.
/// </summary>
public sealed record OutcomeHorizon(uint Epoch, long Counter) : LogContent
{
    private protected override int Alternative => 9;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Epoch);
        writer.WriteInteger(C1, Counter);
    }

    internal static OutcomeHorizon Read(ref BerReader reader)
    {
        long epoch = reader.ReadInteger(C0, 0, uint.MaxValue);
        return new OutcomeHorizon((uint)epoch, reader.ReadInteger(C1, 0, long.MaxValue));
    }
}
