using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Apdus;

/// <summary>
/// C-BEGIN-RI: begins a branch. Only the branch's suffix travels; its initiator is the sender
/// (ccr-standard.md 2.3).
/// </summary>
/// <param name="Owner">The owner of the atomic action.</param>
/// <param name="ActionSuffix">The suffix of the atomic action.</param>
/// <param name="BranchSuffix">The suffix of the branch.</param>
public sealed record BeginRi(PartyName Owner, Suffix ActionSuffix, Suffix BranchSuffix) : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 1;

    /// <inheritdoc/>
    public override string Name => "C-BEGIN-RI";

    /// <summary>The action that the branch belongs to, as its two ends name it.</summary>
    public AtomicActionId Action(AeTitle sender, AeTitle receiver) =>
        new(Owner.Resolve(sender, receiver), ActionSuffix);

    internal static BeginRi Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        TitledSuffixCodec.Read(ref inner, 0x80, out PartyName owner, out Suffix actionSuffix);
        Suffix branchSuffix = TitledSuffixCodec.ReadSuffix(ref inner);
        return new BeginRi(owner, actionSuffix, branchSuffix) { User = ReadUser(ref inner) };
    }

    internal override void WriteComponents(BerWriter writer)
    {
        TitledSuffixCodec.Write(writer, 0x80, Owner, ActionSuffix);
        TitledSuffixCodec.WriteSuffix(writer, BranchSuffix);
    }
}
