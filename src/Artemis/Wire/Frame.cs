using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Ccr.Artemis;

/// <summary>A frame on the socket between jacket and server.</summary>
internal sealed record Frame(FrameType Type, byte[] Body)
{
    internal const int HeadOctets = 8;

    /// <summary>The body as a progress, with the text behind it.</summary>
    internal ProgressBody Progress => Body.Length >= Marshal.SizeOf<ProgressBody>()
        ? MemoryMarshal.Read<ProgressBody>(Body)
        : throw new InvalidDataException($"The jacket sent {Type} with {Body.Length} octets: too few.");

    /// <summary>What stands behind a progress.</summary>
    internal string ProgressText => Encoding.UTF8.GetString(Body.AsSpan(Marshal.SizeOf<ProgressBody>())).TrimEnd('\0');

    internal static byte[] Octets(FrameType type, ReadOnlySpan<byte> body)
    {
        byte[] octets = new byte[HeadOctets + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(octets, (uint)body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(octets.AsSpan(4), (uint)type);
        body.CopyTo(octets.AsSpan(HeadOctets));
        return octets;
    }

    internal static byte[] Of<T>(FrameType type, T head, string text = "")
        where T : struct
    {
        int size = Marshal.SizeOf<T>();
        byte[] tail = text.Length == 0 ? [] : Encoding.UTF8.GetBytes(text + "\0");
        byte[] body = new byte[size + tail.Length];
        MemoryMarshal.Write(body, head);
        tail.CopyTo(body, size);
        return Octets(type, body);
    }
}

/// <summary>What a jacket says of its program when it connects.</summary>
internal sealed record Hello(HelloHead Head, string Member, string Exe, string Kernel, string[] Arguments, string Cwd)
{
    internal HelloMode Mode => (HelloMode)Head.Mode;

    internal static Hello Read(ReadOnlySpan<byte> body)
    {
        int at = Marshal.SizeOf<HelloHead>();
        if (body.Length < at)
        {
            throw new InvalidDataException("The jacket's HELLO is too short: it is not the one of this server.");
        }

        HelloHead head = MemoryMarshal.Read<HelloHead>(body);
        string member = Text(body, ref at, head.MemberLength);
        string exe = Text(body, ref at, head.ExeLength);
        string kernel = Text(body, ref at, head.KernelLength);
        string arguments = Text(body, ref at, head.ArgumentsLength);
        _ = Text(body, ref at, head.EnvironmentLength);
        string cwd = Text(body, ref at, head.CwdLength);
        return new Hello(head, member, exe, kernel, arguments.TrimEnd('\0').Split('\0'), cwd);
    }

    private static string Text(ReadOnlySpan<byte> body, ref int at, uint length)
    {
        if (length > body.Length - at)
        {
            throw new InvalidDataException("A string of the jacket's HELLO lies outside it.");
        }

        string text = Encoding.UTF8.GetString(body.Slice(at, (int)length));
        at += (int)length;
        return text;
    }
}
