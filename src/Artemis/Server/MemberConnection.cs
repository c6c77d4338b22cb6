using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Ccr.Artemis;

/// <summary>The socket of one program under the jacket.</summary>
internal sealed class MemberConnection : IDisposable
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17; // struct ucred { pid_t pid; uid_t uid; gid_t gid; }, see unix(7)

    private readonly Socket _socket;
    private readonly Channel<Frame> _frames = Channel.CreateUnbounded<Frame>();
    private bool _isLost;

    private MemberConnection(Socket socket, Hello hello, int pid)
    {
        _socket = socket;
        Hello = hello;
        Pid = pid;
    }

    /// <summary>What it said first.</summary>
    internal Hello Hello { get; }

    /// <summary>The process as this server sees it, outside the program's own namespace.</summary>
    internal int Pid { get; }

    /// <summary>True once it may be asked for checkpoints.</summary>
    internal bool IsPresent { get; set; }

    /// <summary>True when the socket has ended; frames that came before may still wait to be read.</summary>
    internal bool IsLost => Volatile.Read(ref _isLost);

    /// <summary>Ends when the socket has ended.</summary>
    internal Task Lost => _frames.Reader.Completion;

    /// <summary>Reads the HELLO of a connection.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static async Task<MemberConnection> MeetAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] credentials = new byte[12];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        int pid = BinaryPrimitives.ReadInt32LittleEndian(credentials);
        uint user = BinaryPrimitives.ReadUInt32LittleEndian(credentials.AsSpan(4));
        if (user != Libc.geteuid() && Libc.geteuid() != 0)
        {
            throw new InvalidDataException($"A process of user {user} connected: this server is for its own user.");
        }

        Frame frame = await ReadAsync(socket, cancellation).ConfigureAwait(false)
            ?? throw new InvalidDataException("A program connected and said nothing.");
        if (frame.Type != FrameType.Hello)
        {
            throw new InvalidDataException($"A program began with {frame.Type} instead of HELLO.");
        }

        return new MemberConnection(socket, Hello.Read(frame.Body), pid);
    }

    /// <summary>Begins to receive.</summary>
    internal void Receive() => _ = Task.Run(ReceiveAsync);

    internal async Task SendAsync(byte[] frame)
    {
        ReadOnlyMemory<byte> rest = frame;
        try
        {
            while (rest.Length > 0)
            {
                rest = rest[await _socket.SendAsync(rest).ConfigureAwait(false)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Dispose();
            throw new IOException($"The program {Pid} cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>Says no, with a reason, and ends.</summary>
    internal async Task RefuseAsync(string why)
    {
        try
        {
            await SendAsync(Frame.Octets(FrameType.Refused, System.Text.Encoding.UTF8.GetBytes(why + "\0")))
                .ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has gone already.
        }

        Dispose();
    }

    /// <summary>The next frame.</summary>
    /// <exception cref="IOException">The program has gone.</exception>
    internal async Task<Frame> NextAsync(CancellationToken cancellation)
    {
        try
        {
            return await _frames.Reader.ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new IOException($"The program {Pid} has ended, or closed its connection.", e);
        }
    }

    /// <summary>Throws away what came late from a checkpoint that was given up.</summary>
    internal void Drain()
    {
        while (_frames.Reader.TryRead(out _))
        {
            // Nobody waits for it any more.
        }
    }

    /// <summary>Tells the program to look at its socket.</summary>
    /// <exception cref="IOException">It has ended, or has become one without a jacket.</exception>
    internal void Signal()
    {
        if (!JacketSignal.Send(Pid))
        {
            throw new IOException($"The program {Pid} has ended, or has executed one that wears no jacket.");
        }
    }

    /// <summary>The same for a program that may have missed it; that it is gone is told by the connection.</summary>
    internal void SignalAgain() => JacketSignal.Send(Pid);

    public void Dispose()
    {
        Volatile.Write(ref _isLost, true);
        _socket.Dispose();
        _frames.Writer.TryComplete();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await ReadAsync(_socket, CancellationToken.None).ConfigureAwait(false) is { } frame
                && frame.Type != FrameType.Gone)
            {
                _frames.Writer.TryWrite(frame);
            }
        }
        catch (Exception e) when (e is SocketException or InvalidDataException or ObjectDisposedException)
        {
            // The end of the conversation, however it came.
        }

        Dispose();
    }

    private static async Task<Frame?> ReadAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] head = new byte[Frame.HeadOctets];
        if (!await FillAsync(socket, head, cancellation).ConfigureAwait(false))
        {
            return null;
        }

        uint length = MemoryMarshal.Read<uint>(head);
        if (length > WireWords.FrameOctetsMax)
        {
            throw new InvalidDataException($"A frame of {length} octets is no frame of a jacket.");
        }

        byte[] body = new byte[length];
        return await FillAsync(socket, body, cancellation).ConfigureAwait(false)
            ? new Frame((FrameType)BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)), body)
            : null;
    }

    private static async Task<bool> FillAsync(Socket socket, Memory<byte> octets, CancellationToken cancellation)
    {
        while (octets.Length > 0)
        {
            int got = await socket.ReceiveAsync(octets, cancellation).ConfigureAwait(false);
            if (got == 0)
            {
                return false;
            }

            octets = octets[got..];
        }

        return true;
    }
}
