using System.Buffers.Binary;
using System.Text;

namespace Ccr.Artemis;

/// <summary>
/// The launch record, which jacket-run writes and reads. A program that becomes another one (exec) is started again as
/// what it became: then the record is written anew from its HELLO; the limits stay.
/// </summary>
internal static class LaunchRecord
{
    private const int HeadOctets = 24;
    private const int LimitOctets = 16;

    internal static void Rewrite(string path, Hello hello)
    {
        byte[] old = File.ReadAllBytes(path);
        uint limits = BinaryPrimitives.ReadUInt32LittleEndian(old.AsSpan(16));
        int kept = HeadOctets + (int)(limits * LimitOctets);
        using MemoryStream record = new();
        using BinaryWriter writer = new(record);
        writer.Write(old.AsSpan(0, kept));
        Write(writer, Encoding.UTF8.GetBytes(hello.Exe));
        Write(writer, Encoding.UTF8.GetBytes(hello.Cwd));
        List<byte[]> arguments = Split(hello.Arguments);
        List<byte[]> environment = Split(hello.Environment);
        arguments.ForEach(one => Write(writer, one));
        environment.ForEach(one => Write(writer, one));
        writer.Flush();
        byte[] octets = record.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(8), (uint)arguments.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(12), (uint)environment.Count);

        string draft = path + ".fresh";
        File.WriteAllBytes(draft, octets);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Move(draft, path, overwrite: true);
    }

    private static void Write(BinaryWriter writer, byte[] text)
    {
        writer.Write(text.Length);
        writer.Write(text);
    }

    /// <summary>Strings that each end with NUL; an empty one is one too.</summary>
    private static List<byte[]> Split(byte[] octets)
    {
        List<byte[]> all = [];
        for (int at = 0; at < octets.Length;)
        {
            int end = Array.IndexOf(octets, (byte)0, at);
            end = end < 0 ? octets.Length : end;
            all.Add(octets[at..end]);
            at = end + 1;
        }

        return all;
    }
}
