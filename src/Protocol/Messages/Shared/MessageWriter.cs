using System.Text;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Writes the types that the messages share.</summary>
internal static class MessageWriter
{
    internal static void WriteServerName(this BerWriter writer, int tag, string server) =>
        writer.WriteText(tag, server);

    internal static void WriteNode(this BerWriter writer, int tag, NodeName node) => writer.WriteText(tag, node.Value);

    internal static void WriteOptionalNode(this BerWriter writer, int tag, NodeName? node)
    {
        if (node is { } name)
        {
            writer.WriteNode(tag, name);
        }
    }

    internal static void WriteOptionalText(this BerWriter writer, int tag, string? text)
    {
        if (text is not null)
        {
            writer.WriteText(tag, text);
        }
    }

    /// <summary>
    /// A text for people: a part beyond the limit is cut off, so that no sentence can break a connection.
    /// </summary>
    internal static void WriteSentence(this BerWriter writer, int tag, string text)
    {
        if (text.Length <= Limits.TextOctetsMax / 3 || Encoding.UTF8.GetByteCount(text) <= Limits.TextOctetsMax)
        {
            writer.WriteText(tag, text);
            return;
        }

        byte[] octets = new byte[Limits.TextOctetsMax];
        Encoding.UTF8.GetEncoder().Convert(text, octets, flush: false, out _, out int used, out _);
        writer.WriteOctets(tag, octets.AsSpan(0, used));
    }

    internal static void WriteAction(this BerWriter writer, int tag, AtomicActionId action) =>
        TitledSuffixCodec.WriteAction(writer, tag, action);

    internal static void WriteOptionalAction(this BerWriter writer, int tag, AtomicActionId? action)
    {
        if (action is not null)
        {
            TitledSuffixCodec.WriteAction(writer, tag, action);
        }
    }

    internal static void WriteBranch(this BerWriter writer, int tag, BranchId branch) =>
        TitledSuffixCodec.WriteBranch(writer, tag, branch);

    internal static void WriteOptionalBranch(this BerWriter writer, int tag, BranchId? branch)
    {
        if (branch is not null)
        {
            TitledSuffixCodec.WriteBranch(writer, tag, branch);
        }
    }

    internal static void WriteIdentity(this BerWriter writer, int tag, ManagerIdentity identity)
    {
        int mark = writer.Begin(tag);
        writer.WriteIdentityFields(identity);
        writer.End(mark);
    }

    internal static void WriteIdentityFields(this BerWriter writer, ManagerIdentity identity)
    {
        Span<byte> log = stackalloc byte[LogIdentity.Octets];
        identity.Log.Write(log);
        writer.WriteNode(C0, identity.Node);
        writer.WriteOctets(C1, log);
        writer.WriteInteger(C2, identity.Epoch);
    }

    internal static void WriteOptionalIdentity(this BerWriter writer, int tag, ManagerIdentity? identity)
    {
        if (identity is not null)
        {
            writer.WriteIdentity(tag, identity);
        }
    }

    /// <summary>CHOICE { [0] a value, [1] Refusal }.</summary>
    internal static void WriteResult<T>(this BerWriter writer, int tag, T? value, Refusal? refused)
        where T : class, IBerValue
    {
        int mark = writer.Begin(tag);
        if (value is not null)
        {
            value.Write(writer, C0);
        }
        else
        {
            (refused ?? Refusal.None).Write(writer, C1);
        }

        writer.End(mark);
    }

    internal static void WriteList<T>(this BerWriter writer, int tag, IReadOnlyList<T> items)
        where T : IBerValue
    {
        int mark = writer.Begin(tag);
        for (int i = 0; i < items.Count; i++)
        {
            items[i].Write(writer, BerTag.Sequence);
        }

        writer.End(mark);
    }

    internal static void WriteServerNames(this BerWriter writer, int tag, IReadOnlyList<string> servers) =>
        writer.WriteTexts(tag, servers);

    internal static void WriteTexts(this BerWriter writer, int tag, IReadOnlyList<string> texts)
    {
        int mark = writer.Begin(tag);
        for (int i = 0; i < texts.Count; i++)
        {
            writer.WriteText(BerTag.Utf8String, texts[i]);
        }

        writer.End(mark);
    }

    internal static void WriteNodes(this BerWriter writer, int tag, IReadOnlyList<NodeName> nodes)
    {
        int mark = writer.Begin(tag);
        for (int i = 0; i < nodes.Count; i++)
        {
            writer.WriteNode(BerTag.Utf8String, nodes[i]);
        }

        writer.End(mark);
    }

    internal static void WriteActions(this BerWriter writer, int tag, IReadOnlyList<AtomicActionId> actions)
    {
        int mark = writer.Begin(tag);
        for (int i = 0; i < actions.Count; i++)
        {
            writer.WriteAction(BerTag.Sequence, actions[i]);
        }

        writer.End(mark);
    }
}
