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
