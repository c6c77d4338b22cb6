using Ccr.Protocol;

namespace Ccr.Resources.Files;

/// <summary>The file Server's own limits. Past one the asker is refused with its name; others go on.</summary>
public static class FileLimits
{
    /// <summary>Octets of a path, in UTF-8.</summary>
    public const int PathOctetsMax = 1_024;

    /// <summary>Octets of one part of a path.</summary>
    public const int PartOctetsMax = 255;

    /// <summary>Parts of a path.</summary>
    public const int PathPartsMax = 32;

    /// <summary>Octets of a file that an action changes.</summary>
    public const int FileOctetsMax = 16 << 20;

    /// <summary>Octets of all files that an action changes at one Server.</summary>
    public const int BranchOctetsMax = 64 << 20;

    /// <summary>Octets of updates that the Server keeps in memory for all actions together.</summary>
    public const long StoreOctetsMax = 1L << 30;

    /// <summary>Files that one action may lock at one Server.</summary>
    public const int FilesPerActionMax = 1_000;

    /// <summary>Files that all actions together may have locked.</summary>
    public const int LockedFilesMax = 8_192;

    /// <summary>Requests that may wait for one file.</summary>
    public const int WaitersPerFileMax = 1_000;

    /// <summary>Actions that may be open at a time.</summary>
    public const int OpenActionsMax = 10_000;

    /// <summary>Ended branches that are remembered, to answer a repeated order as before.</summary>
    public const int EndedBranchesMax = 10_000;

    /// <summary>Octets that one request or reply carries; more goes in several.</summary>
    public const int ContentOctetsMax = Limits.FrameOctetsMax - (16 << 10);

    /// <summary>Requests of one connection that are being served at a time.</summary>
    public const int RequestsPerConnectionMax = 1_000;
}
