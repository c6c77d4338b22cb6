using System.Globalization;

namespace Ccr.Resources.Xa;

/// <summary>
/// What a database needs later to settle a branch whose end nobody saw: the backend that worked for it, and its
/// transaction's number. As text "pid=4711;xid=815"; it stands in the log with the branch.
/// </summary>
/// <param name="Backend">PostgreSQL's process, MySQL's and MariaDB's connection; 0 when not known.</param>
/// <param name="Xid">PostgreSQL's 64-bit transaction number; 0 when there is none.</param>
public readonly record struct BranchNote(int Backend, ulong Xid)
{
    private const string PidHead = "pid=";
    private const string XidHead = ";xid=";

    /// <summary>"pid=4711;xid=815".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"pid={Backend};xid={Xid}");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string? text, out BranchNote note)
    {
        note = default;
        int xidAt = text?.IndexOf(XidHead, StringComparison.Ordinal) ?? -1;
        if (xidAt < 0 || !text!.StartsWith(PidHead, StringComparison.Ordinal)
            || !int.TryParse(text.AsSpan(PidHead.Length, xidAt - PidHead.Length), out int backend)
            || !ulong.TryParse(text.AsSpan(xidAt + XidHead.Length), out ulong xid))
        {
            return false;
        }

        note = new BranchNote(backend, xid);
        return true;
    }
}
