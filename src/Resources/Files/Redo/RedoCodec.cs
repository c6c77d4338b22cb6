using System.Text;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Store;

namespace Ccr.Resources.Files.Redo;

/// <summary>
/// The octets of images and outcomes: a prelude (magic, length and CRC-32C of the head), the head, and, for images,
/// the new contents one after the other, each covered by its hash in the head. See docs/FILES.md.
/// </summary>
internal static class RedoCodec
{
    /// <summary>Octets before the head.</summary>
    internal const int PreludeOctets = 16;
    private const int HeadOctetsMax = 256 << 20;
    private const long ImageMagic = 0x31_4F_44_45_52_52_43_43;
    private const long OutcomeMagic = 0x31_54_55_4F_52_52_43_43;

    /// <summary>Prelude and head of an image.</summary>
    internal static byte[] WriteHead(RedoImage image) => Frame(ImageMagic, writer =>
    {
        WriteKey(writer, image.Key, image.Promised);
        writer.Write(image.Decided);
        writer.Write(image.Entries.Count);
        foreach (RedoEntry entry in image.Entries)
        {
            writer.Write(entry.Path.Text);
            writer.Write((byte)entry.Kind);
            writer.Write(entry.Base.Exists);
            writer.Write(entry.Base.Inode);
            writer.Write(entry.Base.Size);
            WriteOctets(writer, entry.Base.Hash);
            WriteOctets(writer, entry.Sectors.Sums);
            WriteOctets(writer, entry.Sectors.Edge);
            WriteOctets(writer, entry.Hash);
            writer.Write(entry.Length);
        }
    });

    /// <summary>An outcome, whole.</summary>
    internal static byte[] WriteOutcome(KeptOutcome outcome) => Frame(OutcomeMagic, writer =>
    {
        WriteKey(writer, outcome.Key, outcome.Promised);
        writer.Write(outcome.OnePhase);
        writer.Write((byte)outcome.Outcome);
        writer.Write(outcome.Text);
    });

    /// <summary>The length of the head that follows a prelude; 0 when it is none.</summary>
    internal static int HeadLength(ReadOnlySpan<byte> prelude)
    {
        int length = prelude.Length < PreludeOctets ? 0 : BitConverter.ToInt32(prelude[8..]);
        return length is > 0 and <= HeadOctetsMax ? length : 0;
    }

    /// <summary>Reads prelude and head of an image, its contents left out; null when they are damaged.</summary>
    internal static RedoImage? ReadHead(byte[] octets) => Unframe(octets, ImageMagic, reader =>
    {
        (BranchKey key, ManagerIdentity promised) = ReadKey(reader);
        bool decided = reader.ReadBoolean();
        RedoEntry[] entries = new RedoEntry[Checked(reader.ReadInt32(), FileLimits.FilesPerActionMax)];
        for (int i = 0; i < entries.Length; i++)
        {
            FilePath path = FilePath.Parse(reader.ReadString());
            RedoKind kind = (RedoKind)reader.ReadByte();
            bool exists = reader.ReadBoolean();
            ulong inode = reader.ReadUInt64();
            long size = reader.ReadInt64();
            FileBase was = new(exists, inode, size, ReadOctets(reader));
            BaseSectors sectors = new(ReadOctets(reader), ReadOctets(reader));
            byte[] hash = ReadOctets(reader);
            entries[i] = new RedoEntry(path, kind, was, sectors, reader.ReadInt32(), hash, default);
        }

        return new RedoImage(key, promised, decided, entries);
    });

    /// <summary>Reads an outcome; null when it is damaged.</summary>
    internal static KeptOutcome? ReadOutcome(byte[] octets) => Unframe(octets, OutcomeMagic, reader =>
    {
        (BranchKey key, ManagerIdentity promised) = ReadKey(reader);
        bool onePhase = reader.ReadBoolean();
        return new KeptOutcome(key, promised, onePhase, (DoneOutcome)reader.ReadByte(), reader.ReadString());
    });

    private static byte[] Frame(long magic, Action<BinaryWriter> writeHead)
    {
        using MemoryStream octets = new();
        using BinaryWriter writer = new(octets, Encoding.UTF8);
        writer.Write(new byte[PreludeOctets]);
        writeHead(writer);
        writer.Flush();
        byte[] frame = octets.ToArray();
        BitConverter.TryWriteBytes(frame, magic);
        BitConverter.TryWriteBytes(frame.AsSpan(8), frame.Length - PreludeOctets);
        BitConverter.TryWriteBytes(frame.AsSpan(12), Crc32C.Of(frame.AsSpan(PreludeOctets)));
        return frame;
    }

    private static T? Unframe<T>(byte[] octets, long magic, Func<BinaryReader, T> readHead)
        where T : class
    {
        int length = HeadLength(octets);
        if (length == 0 || octets.Length < PreludeOctets + length || BitConverter.ToInt64(octets) != magic
            || BitConverter.ToUInt32(octets, 12) != Crc32C.Of(octets.AsSpan(PreludeOctets, length)))
        {
            return null;
        }

        using BinaryReader reader = new(new MemoryStream(octets, PreludeOctets, length), Encoding.UTF8);
        try
        {
            return readHead(reader);
        }
        catch (Exception damaged) when (damaged is IOException or FormatException or StoreRefusedException)
        {
            return null;
        }
    }

    private static void WriteKey(BinaryWriter writer, BranchKey key, ManagerIdentity promised)
    {
        writer.Write(key.Action.ToString());
        writer.Write(key.Branch.ToString());
        writer.Write(promised.Node.Value);
        Span<byte> log = stackalloc byte[LogIdentity.Octets];
        promised.Log.Write(log);
        writer.Write(log);
        writer.Write(promised.Epoch);
    }

    private static (BranchKey Key, ManagerIdentity Promised) ReadKey(BinaryReader reader)
    {
        bool named = AtomicActionId.TryParse(reader.ReadString(), out AtomicActionId? action)
            & BranchId.TryParse(reader.ReadString(), out BranchId? branch)
            & NodeName.TryParse(reader.ReadString(), out NodeName node);
        if (!named)
        {
            throw new FormatException("The head names no action, branch and node.");
        }

        LogIdentity log = LogIdentity.Read(reader.ReadBytes(LogIdentity.Octets));
        return (new BranchKey(action!, branch!), new ManagerIdentity(node, log, reader.ReadUInt32()));
    }

    private static void WriteOctets(BinaryWriter writer, byte[] octets)
    {
        writer.Write(octets.Length);
        writer.Write(octets);
    }

    private static byte[] ReadOctets(BinaryReader reader) =>
        reader.ReadBytes(Checked(reader.ReadInt32(), HeadOctetsMax));

    private static int Checked(int length, int max) => length >= 0 && length <= max
        ? length
        : throw new FormatException("A length in the head is out of its range.");
}
