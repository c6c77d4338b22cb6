using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>An order to, or an answer of, a Server about one branch.</summary>
public abstract record BranchMessage(string Server, AtomicActionId Action, BranchId Branch)
    : SessionMessage, IActionMessage
{
    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteServerName(C0, Server);
        writer.WriteAction(C1, Action);
        writer.WriteBranch(C2, Branch);
    }
}
