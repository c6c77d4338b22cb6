using System.Buffers.Binary;
using Ccr.Protocol.Names;

namespace Ccr.Resources.Xa;

/// <summary>
/// What Npgsql calls a branch that it prepares itself: "GUID/PID". The GUID is the distributed identifier that we give
/// to System.Transactions: 6 octets of a hash of the manager's log, 4 of the action's epoch, 6 of its counter, all
/// big-endian, so that the name alone leads to the action. Plain Npgsql's GUID is all zeros, and never ours: epochs
/// begin with 1.
/// </summary>
/// <param name="LogHash">48 bits (see <see cref="HashOf"/>).</param>
/// <param name="Epoch">The epoch of the action's suffix.</param>
/// <param name="Counter">The counter of the action's suffix, 48 bits.</param>
/// <param name="Pid">The backend that prepared the branch.</param>
public readonly record struct AssistedName(ulong LogHash, uint Epoch, ulong Counter, int Pid)
{
    private const ulong Bits48 = (1UL << 48) - 1;
    private const int GuidLetters = 36;

    /// <summary>The GUID of an action that <paramref name="manager"/> owns.</summary>
    /// <exception cref="XaNameException">The action's suffix is not epoch and counter, or too large.</exception>
    public static Guid For(ManagerIdentity manager, AtomicActionId action)
    {
        if (!action.Suffix.TryGetCounter(out uint epoch, out ulong counter) || epoch == 0 || counter > Bits48
            || action.Owner.Node != manager.Node)
        {
            throw new XaNameException(
                $"The atomic action {action} has no name for assisted mode at {manager.Node}: only actions that this "
                + "node's manager numbered have one. Use managed mode for it.");
        }

        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(octets, HashOf(manager.Log) << 16);
        BinaryPrimitives.WriteUInt32BigEndian(octets[6..], epoch);
        BinaryPrimitives.WriteUInt16BigEndian(octets[10..], (ushort)(counter >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[12..], (uint)counter);
        return new Guid(octets, bigEndian: true);
    }

    /// <summary>
    /// Reads "GUID/PID" as Npgsql writes it. True for any such name but the zero GUID's: whether it is ours says
    /// <see cref="IsOf"/>.
    /// </summary>
    public static bool TryParse(string? gid, out AssistedName name)
    {
        name = default;
        if (gid is null || gid.Length <= GuidLetters + 1 || gid[GuidLetters] != '/'
            || !Guid.TryParseExact(gid.AsSpan(0, GuidLetters), "D", out Guid guid) || guid == Guid.Empty
            || !int.TryParse(gid.AsSpan(GuidLetters + 1), out int pid) || pid <= 0)
        {
            return false;
        }

        Span<byte> octets = stackalloc byte[16];
        guid.TryWriteBytes(octets, bigEndian: true, out _);
        name = new AssistedName(
            BinaryPrimitives.ReadUInt64BigEndian(octets) >> 16, BinaryPrimitives.ReadUInt32BigEndian(octets[6..]),
            BinaryPrimitives.ReadUInt64BigEndian(octets[8..]) & Bits48, pid);
        return string.Equals(name.ToString(), gid, StringComparison.Ordinal);
    }

    /// <summary>
    /// True when an action of this log, of this or of an earlier epoch, can have the name. Another GUID matches by
    /// chance once in 2^48 names.
    /// </summary>
    public bool IsOf(ManagerIdentity manager) =>
        Epoch != 0 && Epoch <= manager.Epoch && LogHash == HashOf(manager.Log);

    /// <summary>The action, once the name is known to be of this node's log.</summary>
    public AtomicActionId ActionAt(NodeName node) => new(AeTitle.Of(node), Suffix.OfCounter(Epoch, Counter));

    /// <summary>FNV-1a, 64 bits, of the log identity's 16 octets, its upper 16 bits folded into the lower 48.</summary>
    public static ulong HashOf(LogIdentity log)
    {
        Span<byte> octets = stackalloc byte[LogIdentity.Octets];
        log.Write(octets);
        ulong hash = 14695981039346656037;
        foreach (byte octet in octets)
        {
            hash = unchecked((hash ^ octet) * 1099511628211);
        }

        return (hash >> 48) ^ (hash & Bits48);
    }

    /// <summary>"GUID/PID".</summary>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(octets, LogHash << 16);
        BinaryPrimitives.WriteUInt32BigEndian(octets[6..], Epoch);
        BinaryPrimitives.WriteUInt16BigEndian(octets[10..], (ushort)(Counter >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[12..], (uint)Counter);
        return $"{new Guid(octets, bigEndian: true)}/{Pid}";
    }
}
