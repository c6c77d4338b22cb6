namespace Ccr.Artemis;

/// <summary>
/// The folder of a store, as the store sees it: every change of the disk goes through here, so that tests can stop at
/// each of them. Failures are <see cref="IOException"/>.
/// </summary>
internal interface IStoreFolder : IDisposable
{
    /// <summary>The folder's path, for those who read its files by themselves.</summary>
    string Path { get; }

    /// <summary>The names in it.</summary>
    IReadOnlyList<string> List();

    /// <summary>Makes a file, or empties the one that is there.</summary>
    IStoreFile Create(string name);

    /// <summary>Opens a file that is there.</summary>
    IStoreFile Open(string name);

    /// <summary>Gives a file another name; a file of that name is replaced.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a name, if it is there.</summary>
    void Remove(string name);

    /// <summary>Names made, changed and removed before are durable when it returns.</summary>
    void Force();
}

/// <summary>A file of a store. Reads may come from several threads.</summary>
internal interface IStoreFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads all of the buffer.</summary>
    /// <exception cref="IOException">The file is shorter, or cannot be read.</exception>
    void ReadAt(long offset, Span<byte> octets);

    void WriteAt(long offset, ReadOnlySpan<byte> octets);

    void SetLength(long length);

    /// <summary>Content and length are durable when it returns.</summary>
    void Force();
}
