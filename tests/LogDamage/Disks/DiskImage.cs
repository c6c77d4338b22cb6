using System.Runtime.InteropServices;

namespace Ccr.LogDamage.Tests.Disks;

/// <summary>The files of a disk at one moment: names and octets.</summary>
internal sealed class DiskImage
{
    internal DiskImage()
    {
    }

    internal DiskImage(DiskImage other)
    {
        foreach ((string path, byte[] octets) in other.Files)
        {
            Files.Add(path, (byte[])octets.Clone());
        }
    }

    internal SortedDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>FNV-1a, 64 bits at a time, over names and octets: to count distinct images.</summary>
    internal ulong Hash()
    {
        ulong hash = 14695981039346656037;
        foreach ((string path, byte[] octets) in Files)
        {
            foreach (char letter in path)
            {
                hash = (hash ^ letter) * 1099511628211;
            }

            hash = (hash ^ (ulong)octets.Length) * 1099511628211;
            foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(octets))
            {
                hash = (hash ^ eight) * 1099511628211;
                hash ^= hash >> 29;
            }

            foreach (byte octet in octets.AsSpan(octets.Length & ~7))
            {
                hash = (hash ^ octet) * 1099511628211;
            }
        }

        return hash;
    }
}
