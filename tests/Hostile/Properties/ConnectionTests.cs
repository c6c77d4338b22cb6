using System.Net.Sockets;
using Ccr.Hostile.Fuzzing;
using Ccr.Transport;

namespace Ccr.Hostile.Properties;

/// <summary>A real connection gives the same frames, however the octets come in.</summary>
public sealed class ConnectionTests
{
    private const int Frames = 2_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Frames_arrive_whole_and_in_order_in_any_chunks(int seed)
    {
        Random random = new(seed);
        byte[][] corpus = [.. FirstCorpus.Of(seed).Where(i => i.Decoder is > 0 and < 5).Select(i => i.Octets)
            .Where(o => o[1] != 0x80 && Targets.FrameStream.Count(o) == 2)];
        byte[][] frames = [.. Enumerable.Range(0, Frames).Select(_ => corpus[random.Next(corpus.Length)])];
        string path = Path.Combine(Path.GetTempPath(), "ccr-" + Path.GetRandomFileName());
        using Socket listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        using Socket sender = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await sender.ConnectAsync(new UnixDomainSocketEndPoint(path));
        File.Delete(path);
        Sink sink = new(frames);
        await using FramedConnection receiver = FramedConnection.Start(await listening.AcceptAsync(), sink);
        ReadOnlyMemory<byte> stream = frames.SelectMany(f => f).ToArray();
        while (!stream.IsEmpty)
        {
            int chunk = int.Min(stream.Length, random.Next(8) == 0 ? random.Next(1, 20_000) : random.Next(1, 40));
            await sender.SendAsync(stream[..chunk]);
            stream = stream[chunk..];
        }

        await sink.All.Task.WaitAsync(Limit);
    }

    private sealed class Sink(byte[][] expected) : IFrameSink
    {
        private int _received;

        public TaskCompletionSource All { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
        {
            if (!frame.SequenceEqual(expected[_received]))
            {
                All.TrySetException(new InvalidDataException($"Frame {_received} is {Convert.ToHexString(frame)}."));
            }
            else if (++_received == expected.Length)
            {
                All.TrySetResult();
            }
        }

        public void OnClosed(FramedConnection connection, string reason) =>
            All.TrySetException(new InvalidDataException($"Closed after {_received} frames: {reason}"));
    }
}
