using System.Collections.Concurrent;
using System.Net.Sockets;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.LocationServer.Tests.Support;

/// <summary>Speaks to a Location Server as a Server, an operator or a peer does.</summary>
internal sealed class LocationClient : IFrameSink, IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<LocationMessage>> _asked = new();
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _reference;

    private FramedConnection Connection { get; set; } = null!;

    /// <summary>Ends with the reason when the connection does.</summary>
    public Task<string> Closed => _closed.Task;

    public static async Task<LocationClient> ConnectAsync(string address)
    {
        LocationClient client = new();
        Socket socket = await FrameDialer.ConnectAsync(address, Wait.Token());
        client.Connection = FramedConnection.Start(socket, client);
        return client;
    }

    public async Task<LocationMessage> AskAsync(Func<long, LocationMessage> request)
    {
        long reference = Interlocked.Increment(ref _reference);
        TaskCompletionSource<LocationMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[reference] = answer;
        Connection.Send(request(reference));
        Connection.Flush();
        return await answer.Task.WaitAsync(Wait.Token());
    }

    public Task<LocationMessage> RegisterAsync(Place place, int leaseMs = 60_000) =>
        AskAsync(reference => new RegisterPlace(reference, place, leaseMs));

    public Task<LocationMessage> LookUpAsync(string server, bool fresh = false, bool fromPeer = false) =>
        AskAsync(reference => new LookUp(reference, server, fresh, fromPeer));

    public async Task<IReadOnlyList<Place>> ListAsync() =>
        Assert.IsType<Places>(await AskAsync(reference => new ListPlaces(reference))).Items;

    public void Send(LocationMessage message)
    {
        Connection.Send(message);
        Connection.Flush();
    }

    public void SendRaw(byte[] octets)
    {
        Connection.SendEncoded(octets);
        Connection.Flush();
    }

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        LocationMessage? message = LocationMessage.Decode(frame, out BerStatus _);
        if (message is IReferenceMessage answer && _asked.TryRemove(answer.Reference, out var asked))
        {
            asked.SetResult(message);
        }
    }

    public void OnClosed(FramedConnection connection, string reason)
    {
        _closed.TrySetResult(reason);
        foreach (TaskCompletionSource<LocationMessage> asked in _asked.Values)
        {
            asked.TrySetException(new IOException(reason));
        }
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    public static Place At(string node, string server, long incarnation, string address = "unix:/run/x.sock") =>
        new(server, NodeName.Parse(node), "files", incarnation, [address]);
}

/// <summary>How long a test waits for what must come.</summary>
internal static class Wait
{
    public static CancellationToken Token() => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    /// <summary>Asks again until the answer is as wanted; each question is a round trip, so it does not spin.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> wanted)
    {
        CancellationToken limit = Token();
        while (true)
        {
            T answer = await ask();
            if (wanted(answer))
            {
                return answer;
            }

            limit.ThrowIfCancellationRequested();
        }
    }
}
