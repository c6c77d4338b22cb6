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
/// <param name="Head">The fixed part.</param>
/// <param name="Member">Its name in the group.</param>
/// <param name="Exe">The binary.</param>
/// <param name="Kernel">The kernel's release.</param>
/// <param name="Arguments">Each ended by NUL; in no certain encoding.</param>
/// <param name="Environment">The same.</param>
/// <param name="Cwd">The working directory.</param>
internal sealed record Hello(
    HelloHead Head, string Member, string Exe, string Kernel, byte[] Arguments, byte[] Environment, string Cwd)
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
        byte[] arguments = Part(body, ref at, head.ArgumentsLength);
        byte[] environment = Part(body, ref at, head.EnvironmentLength);
        string cwd = Text(body, ref at, head.CwdLength);
        return new Hello(head, member, exe, kernel, arguments, environment, cwd);
    }

    private static string Text(ReadOnlySpan<byte> body, ref int at, uint length) =>
        Encoding.UTF8.GetString(Part(body, ref at, length));

    private static byte[] Part(ReadOnlySpan<byte> body, ref int at, uint length)
    {
        if (length > body.Length - at)
        {
            throw new InvalidDataException("A string of the jacket's HELLO lies outside it.");
        }

        byte[] part = body.Slice(at, (int)length).ToArray();
        at += (int)length;
        return part;
    }
}
