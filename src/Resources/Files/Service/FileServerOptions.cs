using System.Text;
using Ccr.Client;
using Ccr.Protocol;
using Ccr.Protocol.Names;

namespace Ccr.Resources.Files;

/// <summary>How a file Server is set up. What is left empty follows from the node's name and data directory.</summary>
public sealed class FileServerOptions
{
    /// <summary>The node's name.</summary>
    public string Node { get; set; } = "";

    /// <summary>The node's folder, laid out as <see cref="NodeLayout"/> says.</summary>
    public string Data { get; set; } = "";

    /// <summary>The Server's name; by default the node's, and ".files": "osaka.files".</summary>
    public string? Name { get; set; }

    /// <summary>The folder whose files are served; by default "files" in the data directory.</summary>
    public string? Root { get; set; }

    /// <summary>The Server's own folder, outside the root; by default "files-state" in the data directory.</summary>
    public string? State { get; set; }

    /// <summary>Where Clients of other nodes reach the Server, HOST:PORT of the loopback; port 0: any.</summary>
    public string Listen { get; set; } = "127.0.0.1:0";

    /// <summary>How long a request waits for a lock, before jitter (SEM-12).</summary>
    public int WaitLimitMs { get; set; } = 2_000;

    /// <summary>How far the wait limit swings either way.</summary>
    public int WaitJitterPercent { get; set; } = 50;

    /// <summary>Threads that do the disk work of commitment.</summary>
    public int DiskThreads { get; set; } = 8;

    internal string ServerName => Name is { Length: > 0 } name ? name : Node + ".files";

    internal string RootFolder => Root is { Length: > 0 } root ? root : new NodeLayout(Data).FilesDirectory;

    internal string StateFolder =>
        State is { Length: > 0 } state ? state : new NodeLayout(Data).FilesStateDirectory;

    /// <summary>What is wrong with these options, in a sentence that says what to do; null when nothing is.</summary>
    public string? Complaint()
    {
        if (!NodeName.TryParse(Node, out _))
        {
            return $"'{Node}' is not a node name: use 1 to {Limits.NodeNameOctetsMax} characters of a-z, 0-9 and '-'.";
        }

        if (string.IsNullOrWhiteSpace(Data))
        {
            return "The node has no data directory: name one with --data DIRECTORY.";
        }

        if (Encoding.UTF8.GetByteCount(ServerName) > Limits.ServerNameOctetsMax)
        {
            return $"The Server's name '{ServerName}' is longer than {Limits.ServerNameOctetsMax} octets: shorten it.";
        }

        if (WaitLimitMs is < 1 or > 3_600_000 || WaitJitterPercent is < 0 or > 100 || DiskThreads is < 1 or > 256)
        {
            return "WaitLimitMs is 1 to 3600000, WaitJitterPercent 0 to 100, DiskThreads 1 to 256: correct the one "
                + "that is not.";
        }

        return null;
    }
}
