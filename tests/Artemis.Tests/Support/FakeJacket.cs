using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Ccr.Artemis.Tests.Support;

/// <summary>
/// A program under a jacket that is none: it speaks wire.h over the socket, with the memory of a
/// <see cref="FakeProgram"/>. The server's signal goes to the test's own process, where a handler takes it.
/// </summary>
internal sealed class FakeJacket : IDisposable
{
    private static readonly PosixSignalRegistration Ignored =
        PosixSignalRegistration.Create((PosixSignal)WireWords.JacketSignal, context =>
        {
            context.Cancel = true;
            Interlocked.Increment(ref s_signals);
        });

    private static int s_signals;
    private readonly Socket _socket;

    private FakeJacket(Socket socket, FakeProgram program)
    {
        _socket = socket;
        Program = program;
    }

    /// <summary>How often this process was told to look.</summary>
    internal static int Signals => Volatile.Read(ref s_signals);

    internal FakeProgram Program { get; }

    /// <summary>The memory at each checkpoint that went tentative.</summary>
    internal Dictionary<long, SortedDictionary<ulong, byte[]>> Memories { get; } = [];

    /// <summary>The last one that went tentative.</summary>
    internal long LastNumber { get; private set; }

    /// <summary>True when the pages that changed are not known any more.</summary>
    internal bool MustBeFull { get; set; } = true;

    internal PrepareHead LastAsked { get; private set; }

    internal string SlabPath { get; private set; } = "";

    /// <summary>Connects and says HELLO; the answer is given too.</summary>
    internal static async Task<(FakeJacket Jacket, Frame Answer)> ConnectAsync(
        GroupFolder folder, FakeProgram program, HelloMode mode = HelloMode.Run, long lastNumber = 0)
    {
        _ = Ignored;
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.Socket));
        FakeJacket jacket = new(socket, program) { LastNumber = lastNumber, MustBeFull = mode == HelloMode.Run };
        HelloHead head = new()
        {
            Version = WireWords.Version,
            Mode = (uint)mode,
            Tracking = (uint)Tracking.Scan,
            Pid = (uint)Environment.ProcessId,
            LastNumber = (ulong)lastNumber,
            MemberLength = (uint)folder.Name.Length,
        };
        byte[] body = new byte[Marshal.SizeOf<HelloHead>() + folder.Name.Length];
        MemoryMarshal.Write(body, head);
        Encoding.UTF8.GetBytes(folder.Name).CopyTo(body, Marshal.SizeOf<HelloHead>());
        await socket.SendAsync(Frame.Octets(FrameType.Hello, body));
        return (jacket, await jacket.ReceiveAsync());
    }

    /// <summary>Waits for PREPARE, and answers it as a jacket does.</summary>
    internal async Task<long> ObeyAsync(Failure? failure = null)
    {
        long number = await AskedAsync();
        if (failure is { } why)
        {
            await FailAsync(number, why);
            return number;
        }

        await SaveAsync(number);
        return number;
    }

    /// <summary>Waits for PREPARE.</summary>
    internal async Task<long> AskedAsync()
    {
        Frame frame = await ReceiveAsync();
        while (frame.Type == FrameType.Resume)
        {
            frame = await ReceiveAsync();
        }

        Assert.Equal(FrameType.Prepare, frame.Type);
        LastAsked = MemoryMarshal.Read<PrepareHead>(frame.Body);
        SlabPath = Encoding.UTF8.GetString(frame.Body.AsSpan(Marshal.SizeOf<PrepareHead>())).TrimEnd('\0');
        return (long)LastAsked.Number;
    }

    internal async Task FailAsync(long number, Failure why) => await _socket.SendAsync(Frame.Of(
        FrameType.Failed, new ProgressBody { Number = (ulong)number, Code = (uint)why }, $"because of {why}"));

    /// <summary>
    /// Fills the slab, and says STOPPED and TENTATIVE; waits to be let go on when files are captured.
    /// </summary>
    internal async Task SaveAsync(long number)
    {
        bool full = MustBeFull || LastAsked.Flags.HasFlag(PrepareFlags.Full);
        Memories[number] = Program.Snapshot();
        byte[] slab = Program.TakeSlab(number, full);
        await using (FileStream file = new(SlabPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await file.WriteAsync(slab);
        }

        ulong head = new SlabView(slab).Head.PagesOffset;
        ProgressBody progress = new() { Number = (ulong)number, ElapsedNs = 1000, SlabLength = head, Threads = 1 };
        await _socket.SendAsync(Frame.Of(FrameType.Stopped, progress));
        await _socket.SendAsync(Frame.Of(
            FrameType.Tentative, progress with { SlabLength = (ulong)slab.Length, DirtyPages = 1 }));
        LastNumber = number;
        MustBeFull = false;
        if (Program.Captures.Count > 0)
        {
            Frame resume = await ReceiveAsync();
            Assert.Equal((FrameType.Resume, (ulong)number), (resume.Type, MemoryMarshal.Read<ulong>(resume.Body)));
        }
    }

    /// <summary>The jacket's answer to a plan.</summary>
    internal async Task RestoredAsync(long number)
    {
        await _socket.SendAsync(Frame.Of(FrameType.Restored, new ProgressBody { Number = (ulong)number }));
        MustBeFull = false;
    }

    internal async Task<Frame> ReceiveAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        byte[] head = await FillAsync(Frame.HeadOctets, limit.Token);
        byte[] body = await FillAsync((int)MemoryMarshal.Read<uint>(head), limit.Token);
        return new Frame((FrameType)MemoryMarshal.Read<uint>(head.AsSpan(4)), body);
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]> FillAsync(int length, CancellationToken limit)
    {
        byte[] octets = new byte[length];
        for (int at = 0; at < length;)
        {
            int got = await _socket.ReceiveAsync(octets.AsMemory(at), limit);
            Assert.True(got > 0, "the server closed the connection");
            at += got;
        }

        return octets;
    }
}
