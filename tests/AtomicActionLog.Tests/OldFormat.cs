using System.Buffers.Binary;
using System.Text;
using Ccr.AtomicActionLog.Storage;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>Writes a log as the first format had it: no record said how far the log was forced.</summary>
internal static class OldFormat
{
    /// <summary>Makes the log in a directory hold an epoch record and these.</summary>
    internal static void Write(LogFiles files, IReadOnlyList<LogContent> contents)
    {
        LogIdentityFile identity = LogIdentityFile.Read(files)!;
        byte[] segment = new byte[64];
        long sequence = 0;
        foreach (LogContent content in
            contents.Prepend(new EpochRecord(new ManagerIdentity(identity.Node, identity.Log, 1), 1)))
        {
            BerWriter writer = new();
            new LogRecord(identity.Log, ++sequence, content).Write(writer);
            byte[] entry = new byte[LogGeometry.EntryOctets(writer.Written.Length)];
            BinaryPrimitives.WriteInt32LittleEndian(entry, writer.Written.Length);
            writer.Written.CopyTo(entry.AsSpan(LogGeometry.EntryHeaderOctets));
            segment = [.. segment, .. entry];
        }

        File.WriteAllBytes(files.Segment(0), segment);
        File.WriteAllBytes(files.Witness, []);
        NameFormat(files, 1);
    }

    /// <summary>Makes the identity file name another format, with a right checksum.</summary>
    internal static void NameFormat(LogFiles files, int format)
    {
        string[] lines = File.ReadAllText(files.Identity, Encoding.ASCII).Split('\n');
        lines[1] = $"format {format}";
        string body = string.Join('\n', lines[..6]) + "\n";
        uint checksum = Crc32C.Of(Encoding.ASCII.GetBytes(body));
        File.WriteAllText(files.Identity, $"{body}crc32c {checksum:x8}\n", Encoding.ASCII);
    }
}
