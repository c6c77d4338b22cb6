using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Os;

/// <summary>What statx says of a file: enough to tell one file from another, and whether it was touched.</summary>
internal readonly record struct FileStat(
    ulong Device, ulong Inode, long Size, long Blocks, bool IsRegular, bool IsFolder, long ModifiedNs, long ChangedNs)
{
    internal const int StatxOctets = 256;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;
    private const int BlockOctets = 512;

    /// <summary>Octets that the file system has set aside for the file.</summary>
    internal long Reserved => Blocks * BlockOctets;

    /// <summary>Of an open file.</summary>
    internal static FileStat Of(SafeFileHandle file)
    {
        Span<byte> octets = stackalloc byte[StatxOctets];
        if (Libc.statx(file, "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, ref octets[0]) != 0)
        {
            throw OsError.Make("An open file could not be examined", Libc.LastError);
        }

        return Read(octets);
    }

    /// <summary>Of a name in a folder, a symbolic link taken for itself; null when there is none.</summary>
    internal static FileStat? Of(SafeFileHandle folder, string name)
    {
        Span<byte> octets = stackalloc byte[StatxOctets];
        if (Libc.statx(folder, name, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, ref octets[0]) == 0)
        {
            return Read(octets);
        }

        int error = Libc.LastError;
        return error == Libc.ENOENT ? null : throw OsError.Make($"'{name}' could not be examined", error);
    }

    private static FileStat Read(ReadOnlySpan<byte> s)
    {
        int type = BinaryPrimitives.ReadUInt16LittleEndian(s[28..]) & TypeMask;
        ulong device = (BinaryPrimitives.ReadUInt64LittleEndian(s[136..]));
        return new FileStat(
            device,
            BinaryPrimitives.ReadUInt64LittleEndian(s[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(s[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(s[48..]),
            type == Regular,
            type == Folder,
            Time(s[112..]),
            Time(s[96..]));
    }

    private static long Time(ReadOnlySpan<byte> s) =>
        (BinaryPrimitives.ReadInt64LittleEndian(s) * 1_000_000_000) + BinaryPrimitives.ReadUInt32LittleEndian(s[8..]);
}
