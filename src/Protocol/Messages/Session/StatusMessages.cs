using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>An operator asks how the manager is.</summary>
public sealed record AskStatus(long Reference) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 32;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
    }

    internal static AskStatus Read(ref BerReader reader) => new(reader.ReadNatural(C0));
}

/// <summary>How the manager is.</summary>
public sealed record Status(
    long Reference, ManagerIdentity Identity, string Version, long UpMs, long Lanes, string Address,
    IReadOnlyList<Counter> Counters, IReadOnlyList<ServerStatus> Servers, IReadOnlyList<PeerStatus> Peers)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Status"/>
    public IReadOnlyList<Counter> Counters { get; init => field = ValueList.Of(value); } = ValueList.Of(Counters);

    /// <inheritdoc cref="Status"/>
    public IReadOnlyList<ServerStatus> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);

    /// <inheritdoc cref="Status"/>
    public IReadOnlyList<PeerStatus> Peers { get; init => field = ValueList.Of(value); } = ValueList.Of(Peers);

    private protected override int Alternative => 33;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteIdentity(C1, Identity);
        writer.WriteText(C2, Version);
        writer.WriteInteger(C3, UpMs);
        writer.WriteInteger(C4, Lanes);
        writer.WriteText(C5, Address);
        writer.WriteList(C6, Counters);
        writer.WriteList(C7, Servers);
        writer.WriteList(C8, Peers);
    }

    internal static Status Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadIdentity(C1), reader.ReadText(C2), reader.ReadInteger(C3),
        reader.ReadInteger(C4), reader.ReadText(C5), reader.ReadList(C6, Counter.Read),
        reader.ReadList(C7, ServerStatus.Read), reader.ReadList(C8, PeerStatus.Read));
}

/// <summary>One named count.</summary>
public sealed record Counter(string Name, long Value) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteText(C0, Name);
        writer.WriteInteger(C1, Value);
        writer.End(mark);
    }

    internal static Counter Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        Counter value = new(inner.ReadText(C0), inner.ReadInteger(C1));
        inner.End();
        return value;
    }
}

/// <summary>A Server that this manager knows.</summary>
public sealed record ServerStatus(string Server, string Kind, long Incarnation, bool Connected) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteServerName(C0, Server);
        writer.WriteText(C1, Kind);
        writer.WriteInteger(C2, Incarnation);
        writer.WriteBoolean(C3, Connected);
        writer.End(mark);
    }

    internal static ServerStatus Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        ServerStatus value = new(
            inner.ReadServerName(C0), inner.ReadText(C1), inner.ReadInteger(C2), inner.ReadBoolean(C3));
        inner.End();
        return value;
    }
}

/// <summary>A peer that this manager knows.</summary>
public sealed record PeerStatus(ManagerIdentity Identity, string Address, string State) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteIdentity(C0, Identity);
        writer.WriteText(C1, Address);
        writer.WriteText(C2, State);
        writer.End(mark);
    }

    internal static PeerStatus Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        PeerStatus value = new(inner.ReadIdentity(C0), inner.ReadText(C1), inner.ReadText(C2));
        inner.End();
        return value;
    }
}
