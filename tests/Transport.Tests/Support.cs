using System.Net.Sockets;
using System.Threading.Channels;
using Ccr.Protocol.Ber;

namespace Ccr.Transport.Tests;

/// <summary>A message that is some octets already.</summary>
internal sealed record Raw(byte[] Octets) : IBerMessage
{
    public void Write(BerWriter writer) => writer.WriteRaw(Octets);

    /// <summary>A frame (context tag 0, primitive) around so many octets of content.</summary>
    public static byte[] Frame(int contentOctets, byte fill = 0x5A)
    {
        byte[] header = contentOctets < 0x80
            ? [0x80, (byte)contentOctets]
            : [0x80, 0x83, (byte)(contentOctets >> 16), (byte)(contentOctets >> 8), (byte)contentOctets];
        byte[] content = new byte[contentOctets];
        content.AsSpan().Fill(fill);
        return [.. header, .. content];
    }
}

/// <summary>Keeps everything that a connection tells, in order.</summary>
internal sealed class RecordingSink : IFrameSink
{
    private readonly Channel<string> _happened = Channel.CreateUnbounded<string>();

    public Action<FramedConnection, byte[]>? Frame { get; init; }

    public int ClosedCalls;

    public TaskCompletionSource<FramedConnection> Opened { get; } = New<FramedConnection>();

    public TaskCompletionSource<string> Closed { get; } = New<string>();

    public void OnOpened(FramedConnection connection) => Opened.TrySetResult(connection);

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        byte[] copy = frame.ToArray();
        Frame?.Invoke(connection, copy);
        _happened.Writer.TryWrite(Convert.ToHexString(copy.AsSpan(0, Math.Min(copy.Length, 8))) + "/" + copy.Length);
    }

    public void OnBatchEnd(FramedConnection connection) => _happened.Writer.TryWrite("end");

    public void OnClosed(FramedConnection connection, string reason)
    {
        Interlocked.Increment(ref ClosedCalls);
        _happened.Writer.TryComplete();
        Closed.TrySetResult(reason);
    }

    public async Task<string> NextAsync() => await _happened.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);

    public async Task<string> NextFrameAsync()
    {
        while (true)
        {
            string next = await NextAsync();
            if (next != "end")
            {
                return next;
            }
        }
    }

    public Task<string> ClosedAsync() => Closed.Task.WaitAsync(Wait.Limit);

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal static class Wait
{
    /// <summary>Long enough for a busy machine; no test waits for it when all is well.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
}

/// <summary>A folder of its own for sockets, short enough for any path.</summary>
internal sealed class SocketFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ccr-t-").FullName;

    public string Socket => System.IO.Path.Combine(Path, "s");

    public string Address => "unix:" + Socket;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Two connected sockets.</summary>
internal static class SocketPair
{
    public static async Task<(Socket Ours, Socket Theirs)> ConnectAsync()
    {
        using SocketFolder folder = new();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.Socket));
        listener.Listen(1);
        Socket theirs = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await theirs.ConnectAsync(new UnixDomainSocketEndPoint(folder.Socket));
        return (await listener.AcceptAsync(), theirs);
    }
}
