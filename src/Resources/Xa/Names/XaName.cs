using System.Diagnostics.CodeAnalysis;
using Ccr.Protocol.Names;

namespace Ccr.Resources.Xa;

/// <summary>
/// What a prepared branch of managed mode is called in its database: the action, the branch, and the manager that it
/// was promised to (SEM-3, SEM-6). The name alone leads a scan to the action's manager, and to nobody else's.
/// </summary>
/// <param name="Action">The atomic action.</param>
/// <param name="Branch">The branch of it.</param>
/// <param name="Manager">The manager that decides: node, log, epoch.</param>
public sealed record XaName(AtomicActionId Action, BranchId Branch, ManagerIdentity Manager)
{
    /// <summary>The longest name that PostgreSQL takes: its 200 octets hold a terminating zero.</summary>
    public const int GidOctetsMax = 199;

    /// <summary>The longest gtrid and the longest bqual (X/Open XA: MAXGTRIDSIZE, MAXBQUALSIZE).</summary>
    public const int XidPartOctetsMax = 64;

    /// <summary>The formatID of our branches in MySQL and MariaDB: "CCR1".</summary>
    public const int FormatId = 0x43435231;

    private const string GidHead = "ccr1/";

    /// <summary>The name for PREPARE TRANSACTION: "ccr1/OWNER/SUFFIX/NODE/INITIATOR/LOG/EPOCH/BRANCH".</summary>
    /// <exception cref="XaNameException">The identifiers do not fit; the message says which.</exception>
    public string ToGid()
    {
        string gid = Gid();
        return gid.Length <= GidOctetsMax ? gid : throw new XaNameException(
            $"The branch {Branch} of the atomic action {Action} cannot be named in PostgreSQL: its name would have "
            + $"{gid.Length} octets and {GidOctetsMax} are allowed. Give the action or the branch a shorter suffix.");
    }

    /// <summary>The two parts of the name for XA PREPARE; formatID is <see cref="FormatId"/>.</summary>
    /// <exception cref="XaNameException">The identifiers do not fit; the message says which.</exception>
    public (string Gtrid, string Bqual) ToXid()
    {
        string gtrid = ActionPart(), bqual = BranchPart();
        if (gtrid.Length > XidPartOctetsMax)
        {
            throw new XaNameException(
                $"The atomic action {Action} cannot be named in MySQL or MariaDB: its gtrid would have {gtrid.Length} "
                + $"octets and {XidPartOctetsMax} are allowed. Only an action with a shorter suffix can have a branch "
                + "there.");
        }

        return bqual.Length <= XidPartOctetsMax ? (gtrid, bqual) : throw new XaNameException(
            $"The branch {Branch} at {Manager.Node} cannot be named in MySQL or MariaDB: its bqual would have "
            + $"{bqual.Length} octets and {XidPartOctetsMax} are allowed. Use a shorter node name or branch suffix.");
    }

    /// <summary>Reads what <see cref="ToGid"/> wrote; false for every other name.</summary>
    public static bool TryParseGid([NotNullWhen(true)] string? gid, [NotNullWhen(true)] out XaName? name)
    {
        name = null;
        if (gid is null || gid.Length > GidOctetsMax || !gid.StartsWith(GidHead, StringComparison.Ordinal))
        {
            return false;
        }

        string[] parts = gid.Split('/');
        if (parts.Length == 8 && TryRead(parts.AsSpan(1), out XaName? read)
            && string.Equals(read.Gid(), gid, StringComparison.Ordinal))
        {
            name = read;
        }

        return name is not null;
    }

    /// <summary>Reads what <see cref="ToXid"/> wrote; false for every other name.</summary>
    public static bool TryParseXid(
        int formatId, string gtrid, string bqual, [NotNullWhen(true)] out XaName? name)
    {
        name = null;
        if (formatId != FormatId || gtrid.Length > XidPartOctetsMax || bqual.Length > XidPartOctetsMax)
        {
            return false;
        }

        string[] parts = $"{gtrid}/{bqual}".Split('/');
        if (parts.Length == 7 && TryRead(parts, out XaName? read)
            && read.ActionPart() == gtrid && read.BranchPart() == bqual)
        {
            name = read;
        }

        return name is not null;
    }

    /// <summary>The gid.</summary>
    public override string ToString() => ToGid();

    private string Gid() => $"{GidHead}{ActionPart()}/{BranchPart()}";

    private string ActionPart() => $"{NameText.Of(Action.Owner)}/{NameText.Of(Action.Suffix)}";

    private string BranchPart()
    {
        AeTitle node = AeTitle.Of(Manager.Node);
        string initiator = Branch.Initiator.Equals(node) ? NameText.Same : NameText.Of(Branch.Initiator);
        string at = Action.Owner.Equals(node) ? NameText.Same : Manager.Node.Value;
        return $"{at}/{initiator}/{NameText.Of(Manager.Log)}/{NameText.Of(Manager.Epoch)}/{NameText.Of(Branch.Suffix)}";
    }

    private static bool TryRead(ReadOnlySpan<string> parts, [NotNullWhen(true)] out XaName? name)
    {
        name = null;
        bool owned = NameText.TryReadTitle(parts[0], out AeTitle? owner)
            & NameText.TryReadSuffix(parts[1], out Suffix action);
        NodeName node = owner?.Node ?? default;
        if (!owned || !(parts[2] == NameText.Same ? !node.IsNone : NodeName.TryParse(parts[2], out node)))
        {
            return false;
        }

        AeTitle? initiator = AeTitle.Of(node);
        bool whole = (parts[3] == NameText.Same || NameText.TryReadTitle(parts[3], out initiator))
            & NameText.TryReadLog(parts[4], out LogIdentity log)
            & NameText.TryReadNumber(parts[5], uint.MaxValue, out ulong epoch)
            & NameText.TryReadSuffix(parts[6], out Suffix branch);
        if (whole)
        {
            name = new XaName(
                new AtomicActionId(owner!, action), new BranchId(initiator!, branch),
                new ManagerIdentity(node, log, (uint)epoch));
        }

        return whole;
    }
}
