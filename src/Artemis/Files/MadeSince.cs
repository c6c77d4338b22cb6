using System.Buffers.Binary;

namespace Ccr.Artemis;

/// <summary>
/// Files that were made after a checkpoint beside one that goes back, with its name and more. They belong to what is
/// undone: a journal of SQLite ("x.db-journal") that stayed would be rolled back into a database that it does not fit.
/// Nobody can tell for sure who made them, so they are moved aside, not deleted.
/// </summary>
internal static class MadeSince
{
    private const uint Birth = 0x800; // STATX_BTIME
    private const int NotThroughLinks = 0x100;
    private const int KindOfFile = 0xF000;
    private const int RegularFile = 0x8000;
    private const int ModeAt = 28;
    private const int BirthAt = 80;

    /// <summary>Moves them; their old and new names.</summary>
    /// <param name="image">The checkpoint.</param>
    /// <param name="takenAtMs">When the program stood for it, in milliseconds since 1970.</param>
    /// <param name="folder">Where they go.</param>
    internal static IReadOnlyList<(string From, string To)> MoveAside(
        CheckpointImage image, long takenAtMs, string folder)
    {
        string[] files = [.. image.Files.Values.Select(file => file.Version)
            .Where(version => !version.Flags.HasFlag(CaptureFlags.Unlinked)).Select(version => version.Path)];
        string[] made = [.. files.SelectMany(Beside).Distinct().Except(files)
            .Where(path => BornAtMs(path) > takenAtMs)];
        List<(string From, string To)> moved = [];
        foreach (string path in made)
        {
            Directory.CreateDirectory(folder);
            string to = FreeName(Path.Combine(folder, Path.GetFileName(path)));
            File.Move(path, to);
            moved.Add((path, to));
        }

        return moved;
    }

    private static IEnumerable<string> Beside(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder)
                .Where(other => other.Length > path.Length && other.StartsWith(path, StringComparison.Ordinal))
            : [];
    }

    /// <summary>Milliseconds since 1970; 0: it is no plain file, or its file system keeps no time of birth.</summary>
    private static long BornAtMs(string path)
    {
        Span<byte> state = stackalloc byte[256];
        bool isThere = Libc.statx(
            Libc.AtFdCwd, path, NotThroughLinks, Libc.StatxBasic | Birth, ref state[0]) == 0;
        return isThere && (BinaryPrimitives.ReadUInt32LittleEndian(state) & Birth) != 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(state[ModeAt..]) & KindOfFile) == RegularFile
            ? (BinaryPrimitives.ReadInt64LittleEndian(state[BirthAt..]) * 1_000)
                + (BinaryPrimitives.ReadUInt32LittleEndian(state[(BirthAt + 8)..]) / 1_000_000)
            : 0;
    }

    private static string FreeName(string path)
    {
        string free = path;
        for (int i = 2; File.Exists(free); i++)
        {
            free = $"{path}.{i}";
        }

        return free;
    }
}
