using System.Globalization;
using System.Text;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// The file that says which log this is: written once, when the log is made, and the last thing written then. Text,
/// so that an operator can read it, with a checksum over its lines.
/// </summary>
/// <param name="Log">The log's identity (SEM-6).</param>
/// <param name="Node">The node whose log it is.</param>
/// <param name="Geometry">How its address space lies in its files.</param>
internal sealed record LogIdentityFile(LogIdentity Log, NodeName Node, LogGeometry Geometry)
{
    /// <summary>The format that this version writes, and the newest that it reads.</summary>
    internal const int Format = 2;

    private const string Title = "ccr atomic-action log";
    private const string FormatKey = "format ";
    private const string ChecksumKey = "crc32c ";

    /// <summary>The format that the file names; a start raises it, so that an older program refuses the log.</summary>
    internal int NamedFormat { get; init; } = Format;

    /// <summary>Makes the file under another name, forces it, and gives it its name.</summary>
    internal void Create(IDisk disk, LogFiles files)
    {
        string fresh = files.Identity + ".new";
        byte[] octets = Encoding.ASCII.GetBytes(Text());
        using (IDiskFile file = disk.Open(fresh))
        {
            file.SetLength(octets.Length);
            file.Write(octets, 0);
            file.Sync();
        }

        disk.Rename(fresh, files.Identity);
        disk.SyncDirectory(files.Root);
    }

    /// <summary>Reads the file; null when there is none.</summary>
    /// <exception cref="LogFailedException">It is damaged, or of a newer format.</exception>
    internal static LogIdentityFile? Read(LogFiles files)
    {
        if (!files.Disk.Exists(files.Identity))
        {
            return null;
        }

        string[] lines = Encoding.Latin1.GetString(files.Disk.ReadAll(files.Identity)).Split('\n');
        RefuseFuture(files, lines);
        return Parse(lines) ?? throw new LogFailedException(
            $"'{files.Identity}' is damaged, so that nobody can tell whose log this is: restore that file from a copy "
            + "of this log's directory. Nothing was changed.");
    }

    private static void RefuseFuture(LogFiles files, string[] lines)
    {
        bool ours = lines.Length > 1 && lines[0] == Title && lines[1].StartsWith(FormatKey, StringComparison.Ordinal);
        if (ours && int.TryParse(lines[1].AsSpan(FormatKey.Length), NumberStyles.None, null, out int format)
            && format > Format)
        {
            throw new LogFailedException(
                $"The log in '{files.Root}' is a log from the future: its format is {format}, and this program knows "
                + $"formats up to {Format}. Start the newer program that wrote it. Nothing was changed.");
        }
    }

    private static LogIdentityFile? Parse(string[] lines)
    {
        bool shaped = lines.Length == 8 && lines[0] == Title && lines[7].Length == 0
            && lines[6] == ChecksumLine(string.Join('\n', lines[..6]) + "\n")
            && int.TryParse(After(lines[1], FormatKey), NumberStyles.None, null, out _)
            && UInt128.TryParse(After(lines[2], "log "), NumberStyles.AllowHexSpecifier, null, out _);
        if (!shaped || !NodeName.TryParse(After(lines[3], "node "), out NodeName node)
            || !int.TryParse(After(lines[4], "page-octets "), NumberStyles.None, null, out int page)
            || !int.TryParse(After(lines[5], "segment-octets "), NumberStyles.None, null, out int segment))
        {
            return null;
        }

        LogIdentity log = new(UInt128.Parse(After(lines[2], "log "), NumberStyles.AllowHexSpecifier, null));
        LogGeometry geometry = new(page, segment);
        int named = int.Parse(After(lines[1], FormatKey), NumberStyles.None, null);
        return geometry.IsSound ? new LogIdentityFile(log, node, geometry) { NamedFormat = named } : null;
    }

    private static string After(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) ? line[key.Length..] : "";

    private string Text()
    {
        string body = $"{Title}\n{FormatKey}{Format}\nlog {Log}\nnode {Node}\n"
            + $"page-octets {Geometry.PageOctets}\nsegment-octets {Geometry.SegmentOctets}\n";
        return body + ChecksumLine(body) + "\n";
    }

    private static string ChecksumLine(string body) =>
        ChecksumKey + Crc32C.Of(Encoding.Latin1.GetBytes(body)).ToString("x8", CultureInfo.InvariantCulture);
}
