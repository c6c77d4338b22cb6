namespace Ccr.LogDamage.Tests.Disks;

/// <summary>What of the unforced calls a stop of the machine may leave on the medium.</summary>
internal enum CrashModel
{
    /// <summary>Calls reach the medium in their order; the last one may be torn at a sector.</summary>
    Ordered,

    /// <summary>Calls reach the medium in their order, each whole.</summary>
    DataJournal,

    /// <summary>Any sectors of any write, a file's new length with or without its octets; names in order.</summary>
    Writeback,

    /// <summary>As writeback, and any of the names' changes.</summary>
    NamesLost,
}

/// <summary>Makes the states in which a stop of the machine may leave a disk.</summary>
internal static class CrashStates
{
    private const int SectorOctets = 512;
    private const int EnumeratedMax = 6;

    /// <summary>States by one model: all of them where they are few, otherwise so many drawn at random.</summary>
    internal static IEnumerable<DiskImage> Of(CrashDisk disk, CrashModel model, Random random, int drawn) =>
        model is CrashModel.Ordered or CrashModel.DataJournal
            ? Prefixes(disk, torn: model == CrashModel.Ordered)
            : Subsets(disk, anyNames: model == CrashModel.NamesLost, random, drawn);

    internal static void ApplyName(Dictionary<string, Inode> names, Pending change)
    {
        switch (change)
        {
            case Pending.Create create:
                names[create.Path] = create.File;
                break;
            case Pending.Rename rename when names.Remove(rename.From, out Inode? file):
                names[rename.To] = file;
                break;
            case Pending.Remove remove:
                names.Remove(remove.Path);
                break;
            default:
                break; // a name that the medium never had
        }
    }

    internal static byte[] ApplyOctets(byte[] file, Pending change)
    {
        if (change is Pending.Length length)
        {
            Array.Resize(ref file, (int)length.Octets);
            return file;
        }

        if (change is Pending.Growth growth)
        {
            Array.Resize(ref file, Math.Max(file.Length, (int)growth.Octets));
            return file;
        }

        Pending.Data data = (Pending.Data)change;
        int end = (int)data.Offset + data.Octets.Length;
        byte[] result = file;
        if (result.Length < end)
        {
            Array.Resize(ref result, end);
        }
        else
        {
            result = (byte[])file.Clone();
        }

        data.Octets.CopyTo(result, data.Offset);
        return result;
    }

    private static IEnumerable<DiskImage> Prefixes(CrashDisk disk, bool torn)
    {
        for (int whole = 0; whole <= disk.Unforced.Count; whole++)
        {
            List<Pending> kept = disk.Unforced[..whole];
            yield return Image(disk, kept);
            if (torn && whole < disk.Unforced.Count && disk.Unforced[whole] is Pending.Data next)
            {
                for (int octets = SectorOctets; octets < next.Octets.Length; octets += SectorOctets)
                {
                    yield return Image(disk, [.. kept, next with { Octets = next.Octets[..octets] }]);
                }
            }
        }
    }

    private static IEnumerable<DiskImage> Subsets(CrashDisk disk, bool anyNames, Random random, int drawn)
    {
        List<Pending> pieces = disk.Unforced.SelectMany(Pieces).ToList();
        bool few = pieces.Count <= EnumeratedMax;
        int count = few ? 1 << pieces.Count : drawn;
        for (int i = 0; i < count; i++)
        {
            double share = random.NextDouble();
            int lastName = random.Next(pieces.Count + 1);
            List<Pending> kept = [];
            for (int piece = 0; piece < pieces.Count; piece++)
            {
                bool inOrder = pieces[piece].Target is null && !anyNames && !few;
                bool keep = few ? (i >> piece & 1) != 0 : random.NextDouble() < share;
                if (inOrder ? piece < lastName : keep)
                {
                    kept.Add(pieces[piece]);
                }
            }

            if (anyNames || NamesInOrder(pieces, kept))
            {
                yield return Image(disk, kept);
            }
        }
    }

    // A write is its new length, which may become durable before any octet, and each of its sectors.
    private static IEnumerable<Pending> Pieces(Pending change)
    {
        if (change is not Pending.Data data)
        {
            yield return change;
            yield break;
        }

        yield return new Pending.Growth(data.File, data.Offset + data.Octets.Length);
        for (int from = 0; from < data.Octets.Length;)
        {
            int toSector = SectorOctets - (int)((data.Offset + from) % SectorOctets);
            int until = Math.Min(from + toSector, data.Octets.Length);
            yield return new Pending.Data(data.File, data.Offset + from, data.Octets[from..until]);
            from = until;
        }
    }

    private static bool NamesInOrder(List<Pending> all, List<Pending> kept)
    {
        List<Pending> names = kept.FindAll(change => change.Target is null);
        return all.Where(change => change.Target is null).Take(names.Count).SequenceEqual(names);
    }

    private static DiskImage Image(CrashDisk disk, List<Pending> kept)
    {
        Dictionary<string, Inode> names = new(disk.DurableNames, StringComparer.Ordinal);
        Dictionary<Inode, byte[]> octets = [];
        foreach (Pending change in kept)
        {
            if (change.Target is { } file)
            {
                octets[file] = ApplyOctets(octets.GetValueOrDefault(file, file.Durable), change);
            }
            else
            {
                ApplyName(names, change);
            }
        }

        DiskImage image = new();
        foreach ((string path, Inode file) in names)
        {
            image.Files.Add(path, octets.GetValueOrDefault(file, file.Durable));
        }

        return image;
    }
}
