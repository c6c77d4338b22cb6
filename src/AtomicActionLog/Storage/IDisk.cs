namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// What the log asks of the disk, as a seam for faults. Every member throws <see cref="IOException"/> with a sentence
/// when the disk did not do it: what is durable is then unknown.
/// </summary>
internal interface IDisk
{
    /// <summary>Opens a file for writing at offsets, creating it for its owner alone when there is none.</summary>
    IDiskFile Open(string path);

    /// <summary>Makes created, renamed and removed names of a directory durable.</summary>
    void SyncDirectory(string directory);

    /// <summary>Gives a file another name in place of whatever had it.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a name.</summary>
    void Remove(string path);

    /// <summary>True when a file has this name.</summary>
    bool Exists(string path) => File.Exists(path);

    /// <summary>Opens a file for reading from its beginning, while others may write to it and remove it.</summary>
    Stream OpenRead(string path) =>
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);

    /// <summary>The files of a directory whose names begin so, as full paths, in any order.</summary>
    IEnumerable<string> List(string directory, string prefix) => Directory.EnumerateFiles(directory, prefix + "*");

    /// <summary>Makes a log's directory if need be, and refuses one where nothing would be durable.</summary>
    void Prepare(LogFiles files, LogOptions options) => LogDirectory.Prepare(files, options);

    /// <summary>Takes the log for this manager alone, until it is disposed of.</summary>
    IDisposable Claim(LogFiles files) => DirectoryLock.Take(files);

    /// <summary>All octets of a file.</summary>
    sealed byte[] ReadAll(string path)
    {
        using Stream file = OpenRead(path);
        using MemoryStream octets = new();
        file.CopyTo(octets);
        return octets.ToArray();
    }
}

/// <summary>A file open for writing.</summary>
internal interface IDiskFile : IDisposable
{
    /// <summary>Writes all the octets at an offset.</summary>
    void Write(ReadOnlySpan<byte> octets, long offset);

    /// <summary>Makes what was written durable.</summary>
    void Sync();

    /// <summary>Cuts or lengthens the file.</summary>
    void SetLength(long length);
}
