using System.Globalization;

namespace Ccr.Demo;

/// <summary>
/// A folder for the demo's nodes: on a disk (a log in memory is refused, and forces would mean nothing), and with a
/// path short enough for Unix sockets.
/// </summary>
internal sealed class Scratch : IDisposable
{
    private const int PathOctetsMax = 107;
    private const string LongestName = "/tokyo/location.sock";
    private static readonly string[] InMemory = ["tmpfs", "ramfs"];

    private Scratch(string folder) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>True: leave the folder there, somebody will want to look.</summary>
    public bool Keep { get; set; } = true;

    public static Scratch Create()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"ccr-demo-{Environment.ProcessId}");
        string bin = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string artifacts = Path.GetFullPath(Path.Combine(bin, "..", "..", ".."));
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (string parent in new[] { artifacts, "/var/tmp", home, Path.GetTempPath() })
        {
            string folder = Path.Combine(parent, name);
            if (Directory.Exists(parent) && folder.Length + LongestName.Length <= PathOctetsMax && OnDisk(parent)
                && TryCreate(folder))
            {
                return new Scratch(folder);
            }
        }

        throw new DemoFailedException(
            $"No folder for the demo: {artifacts}, /var/tmp, {home} and {Path.GetTempPath()} cannot be written, lie in "
            + "memory, or have too long a path for Unix sockets. Clone into a shorter path.");
    }

    public void Dispose()
    {
        if (!Keep && Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static bool OnDisk(string folder) => OperatingSystem.IsWindows() || !InMemory.Contains(
        DriveInfo.GetDrives().Where(d => folder.StartsWith(d.Name, StringComparison.Ordinal))
            .MaxBy(d => d.Name.Length)?.DriveFormat);

    private static bool TryCreate(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
