using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Manager to Server: begin the branch.</summary>
public sealed record Begin(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 17;

    internal static Begin Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}

/// <summary>Server to manager: the branch is begun.</summary>
public sealed record Begun(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 18;

    internal static Begun Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}

/// <summary>Manager to Server: can the branch be committed?</summary>
public sealed record Prepare(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 19;

    internal static Prepare Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}

/// <summary>Server to manager: it can, whatever happens.</summary>
public sealed record Ready(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 20;

    internal static Ready Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}

/// <summary>Server to manager: the branch changed nothing and is over.</summary>
public sealed record NoChange(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 21;

    internal static NoChange Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}

/// <summary>Server to manager: answers Begin or Prepare, or unasked before Ready.</summary>
public sealed record BranchRefused(string Server, AtomicActionId Action, BranchId Branch, Refusal Refusal)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 22;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        Refusal.Write(writer, C3);
    }

    internal static BranchRefused Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2), Refusal.Read(ref reader, C3));
}

/// <summary>Manager to Server: commit the branch.</summary>
/// <param name="Server">The Server.</param>
/// <param name="Action">The action.</param>
/// <param name="Branch">The branch.</param>
/// <param name="Note">Of an application branch: what its owner said of it, for the database's Server.</param>
public sealed record Commit(string Server, AtomicActionId Action, BranchId Branch, string? Note = null)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 23;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        writer.WriteOptionalText(C3, Note);
    }

    internal static Commit Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2), reader.ReadOptionalText(C3));
}

/// <summary>Manager to Server: decide alone, and keep the outcome until <see cref="ForgetBranch"/> (SEM-5).</summary>
public sealed record CommitOnePhase(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 24;

    internal static CommitOnePhase Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}

/// <summary>Manager to Server: roll the branch back.</summary>
/// <param name="Server">The Server.</param>
/// <param name="Action">The action.</param>
/// <param name="Branch">The branch.</param>
/// <param name="Note">Of an application branch: what its owner said of it, for the database's Server.</param>
public sealed record RollbackBranch(string Server, AtomicActionId Action, BranchId Branch, string? Note = null)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 25;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        writer.WriteOptionalText(C3, Note);
    }

    internal static RollbackBranch Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2), reader.ReadOptionalText(C3));
}

/// <summary>
/// Server to manager: answers commit, commit-one-phase and rollback; the text is empty unless mix or hazard.
/// </summary>
public sealed record Done(string Server, AtomicActionId Action, BranchId Branch, DoneOutcome Outcome, string Text)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 26;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        writer.WriteEnumerated(C3, (int)Outcome);
        writer.WriteSentence(C4, Text);
    }

    internal static Done Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2),
        (DoneOutcome)reader.ReadEnum(C3, (int)DoneOutcome.HandedOver), reader.ReadText(C4));
}

/// <summary>Manager to Server: the outcome of a one-phase branch is noted.</summary>
public sealed record ForgetBranch(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 27;

    internal static ForgetBranch Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}

/// <summary>Manager to Server, answers found: keep holding the branch (SEM-3).</summary>
public sealed record NotMine(string Server, AtomicActionId Action, BranchId Branch)
    : BranchMessage(Server, Action, Branch)
{
    private protected override int Alternative => 28;

    internal static NotMine Read(ref BerReader reader) => new(
        reader.ReadServerName(C0), reader.ReadAction(C1), reader.ReadBranch(C2));
}
