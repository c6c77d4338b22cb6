using System.Globalization;
using Ccr.Protocol.Names;

namespace Ccr.Artemis;

/// <summary>Where a group keeps its things: DIR/groups/NAME. Making one touches nothing.</summary>
public sealed class GroupFolder
{
    private const int SocketOctetsMax = 107;

    /// <summary>The folder of a group.</summary>
    /// <param name="directory">DIR.</param>
    /// <param name="name">The group.</param>
    /// <exception cref="ArgumentException">The name cannot be one; the message says why.</exception>
    public GroupFolder(string directory, string name)
    {
        if (!NodeName.TryParse(name, out _))
        {
            throw new ArgumentException(
                $"'{name}' cannot name a group: use 1 to 24 characters of a-z, 0-9 and '-'.");
        }

        Name = name;
        Root = Path.Combine(Path.GetFullPath(directory), "groups", name);
        if (System.Text.Encoding.UTF8.GetByteCount(ManagerSocket) > SocketOctetsMax)
        {
            throw new ArgumentException(
                $"'{ManagerSocket}' is longer than the {SocketOctetsMax} octets that a socket's path may have: "
                + "choose a shorter --dir.");
        }
    }

    /// <summary>The group's name.</summary>
    public string Name { get; }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>True when there is such a group.</summary>
    public bool Exists => Directory.Exists(Root);

    /// <summary>Where jackets connect.</summary>
    public string Socket => In("artemis.sock");

    /// <summary>The folder of the group's own manager.</summary>
    public string Manager => In("manager");

    /// <summary>What a restart needs to start the program the same way.</summary>
    public string LaunchRecord => In("launch");

    internal string ManagerSocket => Path.Combine(Manager, "manager.sock");

    internal string Segments => In("segments");

    internal string Plan => In("plan");

    internal string Unlinked => In("unlinked");

    /// <summary>Where files go that were made after the checkpoint of a restart.</summary>
    internal string Undone => In("undone");

    private string MemberFile => In("member");

    private string ServerFile => In("server");

    /// <summary>The groups in a folder.</summary>
    public static IReadOnlyList<GroupFolder> All(string directory)
    {
        string groups = Path.Combine(Path.GetFullPath(directory), "groups");
        return !Directory.Exists(groups)
            ? []
            : [.. Directory.EnumerateDirectories(groups).Select(Path.GetFileName).OfType<string>()
                .Where(name => NodeName.TryParse(name, out _)).Order()
                .Select(name => new GroupFolder(directory, name))];
    }

    /// <summary>The process that serves the group now, or null.</summary>
    public int? Server => ReadProcess(ServerFile);

    /// <summary>The program that runs under the jacket now, or null.</summary>
    public int? Member => ReadProcess(MemberFile);

    /// <summary>The manager's socket that the group's server was last started with, or null.</summary>
    public string? LastManagerSocket =>
        File.Exists(In("manager-socket")) ? File.ReadAllText(In("manager-socket")).Trim() : null;

    /// <summary>The name of the group's Server when it was last started, or null.</summary>
    public string? LastServerName =>
        File.Exists(In("server-name")) ? File.ReadAllText(In("server-name")).Trim() : null;

    /// <summary>
    /// Forgets all checkpoints; the group's manager keeps its log, for others may wait for its decisions.
    /// </summary>
    /// <exception cref="IOException">Somebody serves the group, or a checkpoint is in doubt.</exception>
    public void ForgetCheckpoints()
    {
        using (Claim())
        {
            using GroupStore store = GroupStore.Open(
                new DiskFolder(Root), new DiskFolder(Segments), new GroupSettings());
            if (store.Read(state => state.Doubtful.FirstOrDefault()) is { } doubtful)
            {
                throw new IOException(
                    $"Checkpoint {doubtful.Number} is in doubt: restart the group first, so that it is settled.");
            }

            store.Note(new Dropped(store.Read(state => state.Checkpoints.Select(c => c.Number).ToArray())));
            store.Compact();
        }
    }

    internal void NoteManager(string socket, string serverName)
    {
        File.WriteAllText(In("manager-socket"), socket + "\n");
        File.WriteAllText(In("server-name"), serverName + "\n");
    }

    /// <summary>Claims the group for this process until the result is disposed of.</summary>
    /// <exception cref="IOException">Another process serves it.</exception>
    internal IDisposable Claim()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Root);
        }
        else
        {
            Directory.CreateDirectory(
                Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        FileStream claim;
        try
        {
            claim = new FileStream(In("lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            string who = Server is { } pid ? $"process {pid}" : "another process";
            throw new IOException(
                $"The group '{Name}' is served by {who} already: end that one, or use another --group.", e);
        }

        WriteProcess(ServerFile, Environment.ProcessId);
        return claim;
    }

    internal void NoteMember(int pid) => WriteProcess(MemberFile, pid);

    internal void NoMember() => File.Delete(MemberFile);

    private static int? ReadProcess(string file)
    {
        try
        {
            string[] words = File.ReadAllText(file).Split(' ', StringSplitOptions.TrimEntries);
            int pid = int.Parse(words[0], CultureInfo.InvariantCulture);
            return StartOf(pid) is { } start && start == words[1] ? pid : null;
        }
        catch (Exception e) when (e is IOException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static void WriteProcess(string file, int pid)
    {
        File.WriteAllText(file + ".fresh", $"{pid} {StartOf(pid)}\n");
        File.Move(file + ".fresh", file, overwrite: true);
    }

    /// <summary>
    /// When a process was started, in the kernel's own words; null when there is none, or only its zombie. One that
    /// has other threads is none yet: they run on, or are dying and still write.
    /// </summary>
    private static string? StartOf(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            string[] words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return words[0] is "Z" or "X" && int.Parse(words[17], CultureInfo.InvariantCulture) <= 1 ? null : words[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string In(string name) => Path.Combine(Root, name);
}
