using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>In C-INITIALIZE-RI and -RC: who speaks (SEM-6).</summary>
public sealed record IdentityData(ManagerIdentity Identity) : ProfileData
{
    private protected override int Alternative => 0;

    private protected override void WriteFields(BerWriter writer) => writer.WriteIdentityFields(Identity);

    internal static IdentityData Read(ref BerReader reader) => new(reader.ReadIdentityFields());
}

/// <summary>
/// In C-BEGIN-RI: the ancestors, the Servers of the receiver that are to begin, the time that is left (0: no
/// limit).
/// </summary>
public sealed record BeginData(IReadOnlyList<NodeName> Path, IReadOnlyList<string> Servers, int TimeoutMs)
    : ProfileData
{
    /// <inheritdoc cref="BeginData"/>
    public IReadOnlyList<NodeName> Path { get; init => field = ValueList.Of(value); } = ValueList.Of(Path);

    /// <inheritdoc cref="BeginData"/>
    public IReadOnlyList<string> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);

    private protected override int Alternative => 1;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteNodes(C0, Path);
        writer.WriteServerNames(C1, Servers);
        writer.WriteInteger(C2, TimeoutMs);
    }

    internal static BeginData Read(ref BerReader reader) => new(
        reader.ReadNodes(C0), reader.ReadServerNames(C1), reader.ReadInt32(C2, 0, int.MaxValue));
}

/// <summary>In C-BEGIN-RC: where each Server began, or why not.</summary>
public sealed record BegunData(IReadOnlyList<ServerPlace> Places) : ProfileData
{
    /// <inheritdoc cref="BegunData"/>
    public IReadOnlyList<ServerPlace> Places { get; init => field = ValueList.Of(value); } = ValueList.Of(Places);

    private protected override int Alternative => 2;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteList(C0, Places);
    }

    internal static BegunData Read(ref BerReader reader) => new(reader.ReadList(C0, ServerPlace.Read));
}

/// <summary>In C-ROLLBACK-RI: why.</summary>
public sealed record RefusalData(Refusal Refusal) : ProfileData
{
    private protected override int Alternative => 3;

    private protected override void WriteFields(BerWriter writer) => Refusal.WriteFields(writer);

    internal static RefusalData Read(ref BerReader reader) => new(Refusal.ReadFields(ref reader));
}

/// <summary>In C-COMMIT-RC, C-ROLLBACK-RC and C-RECOVER-RC: heuristic damage below (SEM-4).</summary>
public sealed record HeuristicReport(IReadOnlyList<Damage> Damages) : ProfileData
{
    /// <inheritdoc cref="HeuristicReport"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);

    private protected override int Alternative => 4;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteList(C0, Damages);
    }

    internal static HeuristicReport Read(ref BerReader reader) => new(reader.ReadList(C0, Damage.Read));
}
