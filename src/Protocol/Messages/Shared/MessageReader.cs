using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Reads one item of a list, an element with this tag.</summary>
internal delegate T ItemReader<out T>(ref BerReader reader, int tag);

/// <summary>
/// Reads the types that the messages share. As everywhere in BER here, a failed read returns default, a null
/// reference too, and sets the shared status: the message is then dropped as a whole, so nobody sees it.
/// </summary>
internal static class MessageReader
{
    internal static long ReadNatural(this ref BerReader reader, int tag) =>
        reader.ReadInteger(tag, 0, long.MaxValue);

    internal static int ReadInt32(this ref BerReader reader, int tag, int min, int max) =>
        (int)reader.ReadInteger(tag, min, max);

    /// <summary>
    /// An item of an enumeration, 0 to <paramref name="max"/>. A later version's item is refused where acting
    /// upon it needs to know what it means.
    /// </summary>
    internal static int ReadEnum(this ref BerReader reader, int tag, int max) => reader.ReadEnumerated(tag, max);

    internal static string ReadServerName(this ref BerReader reader, int tag)
    {
        ReadOnlySpan<byte> octets = reader.ReadOctets(tag, 1, Limits.ServerNameOctetsMax);
        if (NameCache.TryGet(octets, out string name))
        {
            return name;
        }

        reader.Fail(BerError.BadValue);
        return "";
    }

    internal static NodeName ReadNode(this ref BerReader reader, int tag)
    {
        ReadOnlySpan<byte> octets = reader.ReadOctets(tag, 1, Limits.NodeNameOctetsMax);
        if (NameCache.TryGet(octets, out string name) && NodeName.TryParse(name, out NodeName node))
        {
            return node;
        }

        reader.Fail(BerError.BadValue);
        return default;
    }

    internal static NodeName? ReadOptionalNode(this ref BerReader reader, int tag) =>
        reader.NextIs(tag) ? reader.ReadNode(tag) : null;

    internal static string? ReadOptionalText(this ref BerReader reader, int tag) =>
        reader.NextIs(tag) ? reader.ReadText(tag) : null;

    internal static ReadOnlyMemory<byte> ReadMemory(this ref BerReader reader, int tag) =>
        reader.ReadOctets(tag).ToArray();

    internal static AtomicActionId ReadAction(this ref BerReader reader, int tag) =>
        TitledSuffixCodec.ReadAction(ref reader, tag)!;

    internal static AtomicActionId? ReadOptionalAction(this ref BerReader reader, int tag) =>
        reader.NextIs(tag) ? reader.ReadAction(tag) : null;

    internal static BranchId ReadBranch(this ref BerReader reader, int tag) =>
        TitledSuffixCodec.ReadBranch(ref reader, tag)!;

    internal static BranchId? ReadOptionalBranch(this ref BerReader reader, int tag) =>
        reader.NextIs(tag) ? reader.ReadBranch(tag) : null;

    internal static ManagerIdentity ReadIdentity(this ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        ManagerIdentity identity = inner.ReadIdentityFields();
        inner.End();
        return identity;
    }

    internal static ManagerIdentity ReadIdentityFields(this ref BerReader inner)
    {
        NodeName node = inner.ReadNode(C0);
        ReadOnlySpan<byte> log = inner.ReadOctets(C1, LogIdentity.Octets, LogIdentity.Octets);
        uint epoch = (uint)inner.ReadInteger(C2, 1, uint.MaxValue);
        return inner.Failed ? null! : new ManagerIdentity(node, LogIdentity.Read(log), epoch);
    }

    internal static ManagerIdentity? ReadOptionalIdentity(this ref BerReader reader, int tag) =>
        reader.NextIs(tag) ? reader.ReadIdentity(tag) : null;

    /// <summary>CHOICE { [0] a value, [1] Refusal }: exactly one of the two is not null.</summary>
    internal static T? ReadResult<T>(this ref BerReader reader, int tag, ItemReader<T> read, out Refusal? refused)
        where T : class
    {
        refused = null;
        T? value = null;
        BerReader inner = reader.Enter(tag);
        if (inner.NextIs(C0))
        {
            value = read(ref inner, C0);
        }
        else if (inner.NextIs(C1))
        {
            refused = Refusal.Read(ref inner, C1);
        }
        else
        {
            inner.Fail(BerError.UnknownAlternative);
        }

        inner.EndExactly();
        return value;
    }

    internal static ValueList<T> ReadList<T>(this ref BerReader reader, int tag, ItemReader<T> read) =>
        reader.ReadItems(tag, BerTag.Sequence, read);

    internal static ValueList<string> ReadServerNames(this ref BerReader reader, int tag) =>
        reader.ReadItems(tag, BerTag.Utf8String, ReadServerName);

    internal static ValueList<string> ReadTexts(this ref BerReader reader, int tag) =>
        reader.ReadItems(tag, BerTag.Utf8String, static (ref inner, item) => inner.ReadText(item));

    internal static ValueList<NodeName> ReadNodes(this ref BerReader reader, int tag) =>
        reader.ReadItems(tag, BerTag.Utf8String, ReadNode);

    internal static ValueList<AtomicActionId> ReadActions(this ref BerReader reader, int tag) =>
        reader.ReadItems(tag, BerTag.Sequence, ReadAction);

    /// <summary>SEQUENCE OF; the items' tag is handed to <paramref name="read"/>.</summary>
    internal static ValueList<T> ReadItems<T>(this ref BerReader reader, int tag, int itemTag, ItemReader<T> read)
    {
        BerReader inner = reader.Enter(tag);
        if (inner.AtEnd)
        {
            return ValueList<T>.Empty;
        }

        T[] items = new T[4];
        int count = 0;
        while (!inner.AtEnd)
        {
            if (count == Limits.ListItemsMax)
            {
                inner.Fail(BerError.TooManyItems);
                break;
            }

            if (count == items.Length)
            {
                Array.Resize(ref items, count * 2);
            }

            items[count++] = read(ref inner, itemTag);
        }

        if (inner.Failed)
        {
            return ValueList<T>.Empty;
        }

        Array.Resize(ref items, count);
        return new ValueList<T>(items);
    }
}
