using System.Globalization;

namespace Ccr.Client;

/// <summary>
/// Where a node keeps its things: one folder, the same names in it for every service, every Client and every operator.
/// Making one touches nothing; <see cref="Prepare"/> creates the folders.
/// </summary>
public sealed class NodeLayout
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The layout of the node whose data lie in <paramref name="directory"/>.</summary>
    public NodeLayout(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
    }

    /// <summary>The node's folder, as a full path.</summary>
    public string Root { get; }

    /// <summary>The CCR Manager's Unix-domain socket.</summary>
    public string ManagerSocket => In("manager.sock");

    /// <summary>The Location Server's Unix-domain socket.</summary>
    public string LocationSocket => In("location.sock");

    /// <summary>The file Server's Unix-domain socket.</summary>
    public string FilesSocket => In("files.sock");

    /// <summary>The folder of the atomic-action log.</summary>
    public string LogDirectory => In("log");

    /// <summary>What the manager knows of its peers (SEM-6, SEM-7).</summary>
    public string PeersFile => In("peers");

    /// <summary>The databases of the node: connection strings, so that it is for the manager's user alone.</summary>
    public string DatabasesFile => In("databases.json");

    /// <summary>The folder of recorded trace events.</summary>
    public string TraceDirectory => In("trace");

    /// <summary>The root of the files that the file Server serves.</summary>
    public string FilesDirectory => In("files");

    /// <summary>What the file Server keeps for itself: its prepared branches and its incarnation.</summary>
    public string FilesStateDirectory => In("files-state");

    /// <summary>One line: where the manager listens for its peers, HOST:PORT.</summary>
    public string ManagerAddressFile => In("manager.address");

    /// <summary>One line: where the Location Server listens for its peers, HOST:PORT.</summary>
    public string LocationAddressFile => In("location.address");

    /// <summary>One line: where the file Server listens, "unix:PATH" or "tcp:HOST:PORT".</summary>
    public string FilesAddressFile => In("files.address");

    /// <summary>Creates the folders, for their owner alone, and proves that they can be written.</summary>
    /// <exception cref="IOException">They cannot; the message is a sentence for the user.</exception>
    public void Prepare()
    {
        try
        {
            foreach (string folder in new[] { Root, LogDirectory, TraceDirectory, FilesDirectory, FilesStateDirectory })
            {
                CreatePrivate(folder);
            }

            string probe = In($".probe-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The data directory '{Root}' cannot be written ({failure.Message.TrimEnd('.')}): "
                + "name another one with --data, or give this user the right to write there.",
                failure);
        }
    }

    /// <summary>
    /// Claims one service's part of the node for this process until the result is disposed of or the process ends.
    /// The operating system holds the lock, so a killed process leaves none behind.
    /// </summary>
    /// <remarks>Call <see cref="Prepare"/> first.</remarks>
    /// <exception cref="IOException">Another process has it; the message names that process.</exception>
    public IDisposable Claim(string service)
    {
        string pidFile = In(service + ".pid");
        FileStream claim;
        try
        {
            claim = new FileStream(In(service + ".lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException failure) when (failure is not DirectoryNotFoundException)
        {
            string holder = ReadAddress(pidFile) is { } pid ? $"process {pid}" : "another process";
            throw new IOException(
                $"The {service} service of '{Root}' is already run by {holder}: "
                + "stop it, or use another data directory.",
                failure);
        }

        // In a file of its own, for the locked one cannot be opened by those who want to know.
        WriteAddress(pidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return claim;
    }

    /// <summary>Writes an address file whole: a reader sees the old line or the new one.</summary>
    public static void WriteAddress(string path, string address)
    {
        string fresh = $"{path}.{Environment.ProcessId}.new";
        File.WriteAllText(fresh, address + "\n");
        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>The line of an address file, or null when there is none (yet).</summary>
    public static string? ReadAddress(string path)
    {
        try
        {
            string line = File.ReadAllText(path).Trim();
            return line.Length == 0 ? null : line;
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, Private);
        }
    }

    private string In(string name) => Path.Combine(Root, name);
}
