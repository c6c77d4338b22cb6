namespace Ccr.Processes;

/// <summary>
/// Folders for nodes: on a disk, for a log in memory is refused; and short, for the paths of Unix sockets.
/// </summary>
internal static class TestFolder
{
    private const string OnDisk = "/var/tmp";

    public static DirectoryInfo Create()
    {
        string parent = Directory.Exists(OnDisk) ? OnDisk : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(parent, "ccr-" + Path.GetRandomFileName()));
    }
}
