using System.Security.Cryptography;

namespace Ccr.Resources.Files.Redo;

/// <summary>
/// What a file was when its update was promised: the ready record holds it, so that recovery can tell the file from
/// another (SEM-20).
/// </summary>
/// <param name="Exists">False: there was no file.</param>
/// <param name="Inode">Its inode.</param>
/// <param name="Size">Its octets.</param>
/// <param name="Hash">SHA-256 of its content; empty where there was none.</param>
internal sealed record FileBase(bool Exists, ulong Inode, long Size, byte[] Hash)
{
    /// <summary>No file.</summary>
    internal static readonly FileBase Missing = new(false, 0, 0, []);

    /// <summary>True when both describe one state of one file.</summary>
    internal bool Same(FileBase other) => Exists == other.Exists && Inode == other.Inode && Size == other.Size
        && Hash.AsSpan().SequenceEqual(other.Hash);
}

/// <summary>SHA-256, the hash of bases and images.</summary>
internal static class ContentHash
{
    internal static byte[] Of(ReadOnlySpan<byte> content) => SHA256.HashData(content);
}
