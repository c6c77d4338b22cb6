using System.Text.RegularExpressions;

namespace Ccr.Processes;

/// <summary>
/// Folders for nodes: on a disk, for a log in memory is refused; and short, for the paths of Unix sockets.
/// </summary>
internal static partial class TestFolder
{
    private const string OnDisk = "/var/tmp";

    /// <summary>What nobody has written to for so long was left by a run that was aborted.</summary>
    private static readonly TimeSpan LeftAfter = TimeSpan.FromHours(1);

    private static readonly EnumerationOptions All = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    private static string Parent => Directory.Exists(OnDisk) ? OnDisk : Path.GetTempPath();

    public static DirectoryInfo Create()
    {
        RemoveLeft(Parent, DateTime.UtcNow - LeftAfter);
        return Directory.CreateDirectory(Path.Combine(Parent, "ccr-" + Path.GetRandomFileName()));
    }

    /// <summary>Removes folders of ours in which nothing was written since.</summary>
    internal static void RemoveLeft(string parent, DateTime since)
    {
        foreach (DirectoryInfo folder in new DirectoryInfo(parent).GetDirectories("ccr-*"))
        {
            if (OurName().IsMatch(folder.Name) && folder.LastWriteTimeUtc < since && IsLeft(folder, since))
            {
                Remove(folder);
            }
        }
    }

    private static bool IsLeft(DirectoryInfo folder, DateTime since)
    {
        try
        {
            return folder.EnumerateFileSystemInfos("*", All).All(entry => entry.LastWriteTimeUtc < since);
        }
        catch (IOException)
        {
            return false; // somebody else is removing it
        }
    }

    private static void Remove(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{folder} is left: {kept.Message}");
        }
    }

    /// <summary>As Path.GetRandomFileName makes it.</summary>
    [GeneratedRegex("^ccr-[a-z0-9]{8}\\.[a-z0-9]{3}$")]
    private static partial Regex OurName();
}
