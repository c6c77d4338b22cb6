using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Apdus;

/// <summary>Recovery-state. It is extensible: a value that has no name here is kept as it came.</summary>
public enum RecoveryState
{
    /// <summary>Commit: an order, or the answer that there was one.</summary>
    Commit = 0,

    /// <summary>The sender is ready and asks for the decision.</summary>
    Ready = 1,

    /// <summary>The sender has committed.</summary>
    Done = 2,

    /// <summary>The sender has no record: rolled back (presumed rollback).</summary>
    Unknown = 3,

    /// <summary>Not now; ask again.</summary>
    RetryLater = 5,
}

/// <summary>C-RECOVER-RI and -RC: what both say about a branch after a failure.</summary>
/// <param name="Owner">The owner of the atomic action.</param>
/// <param name="ActionSuffix">The suffix of the atomic action.</param>
/// <param name="Initiator">The initiator of the branch.</param>
/// <param name="BranchSuffix">The suffix of the branch.</param>
/// <param name="State">What the sender knows.</param>
/// <param name="Reversed">The roles are the reverse of who began the branch. We never send it.</param>
public abstract record RecoverApdu(
    PartyName Owner,
    Suffix ActionSuffix,
    PartyName Initiator,
    Suffix BranchSuffix,
    RecoveryState State,
    bool Reversed) : Apdu
{
    /// <summary>The action, as the two ends name it.</summary>
    public AtomicActionId Action(AeTitle sender, AeTitle receiver) =>
        new(Owner.Resolve(sender, receiver), ActionSuffix);

    /// <summary>The branch, as the two ends name it.</summary>
    public BranchId Branch(AeTitle sender, AeTitle receiver) =>
        new(Initiator.Resolve(sender, receiver), BranchSuffix);

    internal override void WriteComponents(BerWriter writer)
    {
        TitledSuffixCodec.Write(writer, 0x80, Owner, ActionSuffix);
        TitledSuffixCodec.Write(writer, 0x81, Initiator, BranchSuffix);
        writer.WriteEnumerated(0x82, (int)State);
        if (Reversed)
        {
            writer.WriteBoolean(0x83, true);
        }
    }

    private protected static Content ReadContent(ref BerReader reader, int tag)
    {
        Content content = default;
        BerReader inner = reader.Enter(tag);
        TitledSuffixCodec.Read(ref inner, 0x80, out content.Owner, out content.ActionSuffix);
        TitledSuffixCodec.Read(ref inner, 0x81, out content.Initiator, out content.BranchSuffix);
        content.State = (RecoveryState)inner.ReadEnumerated(0x82);
        content.Reversed = inner.NextIs(0x83) && inner.ReadBoolean(0x83);
        content.User = ReadUser(ref inner);
        return content;
    }

    private protected struct Content
    {
        internal PartyName Owner;
        internal Suffix ActionSuffix;
        internal PartyName Initiator;
        internal Suffix BranchSuffix;
        internal RecoveryState State;
        internal bool Reversed;
        internal UserData User;
    }
}

/// <summary>C-RECOVER-RI: opens a recovery exchange about a branch.</summary>
/// <inheritdoc cref="RecoverApdu"/>
public sealed record RecoverRi(
    PartyName Owner,
    Suffix ActionSuffix,
    PartyName Initiator,
    Suffix BranchSuffix,
    RecoveryState State,
    bool Reversed = false)
    : RecoverApdu(Owner, ActionSuffix, Initiator, BranchSuffix, State, Reversed)
{
    /// <inheritdoc/>
    public override int TagNumber => 9;

    /// <inheritdoc/>
    public override string Name => "C-RECOVER-RI";

    internal static RecoverRi Read(ref BerReader reader, int tag)
    {
        Content c = ReadContent(ref reader, tag);
        return new RecoverRi(c.Owner, c.ActionSuffix, c.Initiator, c.BranchSuffix, c.State, c.Reversed)
        {
            User = c.User,
        };
    }
}

/// <summary>C-RECOVER-RC: answers a C-RECOVER-RI.</summary>
/// <inheritdoc cref="RecoverApdu"/>
public sealed record RecoverRc(
    PartyName Owner,
    Suffix ActionSuffix,
    PartyName Initiator,
    Suffix BranchSuffix,
    RecoveryState State,
    bool Reversed = false)
    : RecoverApdu(Owner, ActionSuffix, Initiator, BranchSuffix, State, Reversed)
{
    /// <inheritdoc/>
    public override int TagNumber => 10;

    /// <inheritdoc/>
    public override string Name => "C-RECOVER-RC";

    internal static RecoverRc Read(ref BerReader reader, int tag)
    {
        Content c = ReadContent(ref reader, tag);
        return new RecoverRc(c.Owner, c.ActionSuffix, c.Initiator, c.BranchSuffix, c.State, c.Reversed)
        {
            User = c.User,
        };
    }
}
