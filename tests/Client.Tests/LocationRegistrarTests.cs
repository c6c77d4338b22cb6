using System.Threading.Channels;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Transport;

namespace Ccr.Client.Tests;

public sealed class LocationRegistrarTests
{
    private const string Name = "tokyo.counter";

    [Fact]
    public async Task A_Server_is_registered_renewed_at_a_third_of_its_lease_and_withdrawn()
    {
        ManualTime time = new();
        await using FakeManager manager = new();
        FakeLocation location = new();
        await using FrameListener listener = FrameListener.Start("unix:" + manager.LocationSocket, location);
        CcrServer server = Start(manager, time);
        await RegisterAtManagerAsync(manager);
        RegisterPlace register = await location.ExpectAsync<RegisterPlace>();
        Place place = register.Place;
        Assert.Equal((Name, "tokyo", 5L), (place.Server, place.Node.Value, place.Incarnation));
        location.Say(new PlaceRegistered(register.Reference, LeaseMs: 9_000));
        await time.PassAsync(TimeSpan.FromMilliseconds(3_000));
        register = await location.ExpectAsync<RegisterPlace>();
        location.Say(new PlaceRegistered(register.Reference, LeaseMs: 9_000));
        await server.DisposeAsync();
        Assert.Equal((Name, 5L), await WithdrawnAsync(location));
    }

    [Fact]
    public async Task A_Location_Server_that_is_down_or_breaks_is_tried_again_and_delays_nothing_else()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager, TimeProvider.System);
        await RegisterAtManagerAsync(manager); // registered there though the Location Server is down
        await server.Registered.WaitAsync(FakeManager.Patience);
        FakeLocation location = new();
        await using FrameListener listener = FrameListener.Start("unix:" + manager.LocationSocket, location);
        RegisterPlace register = await location.ExpectAsync<RegisterPlace>();
        location.Say(new PlaceRegistered(register.Reference, LeaseMs: 60_000));
        location.Close();
        register = await location.ExpectAsync<RegisterPlace>();
        location.Say(new LocationRefused(register.Reference, Names.Refusal(RefusalCode.RetryLater)));
        await location.ExpectAsync<RegisterPlace>();
    }

    private static CcrServer Start(FakeManager manager, TimeProvider time) => CcrServer.Start(
        new CcrServerOptions
        {
            Name = Name,
            Kind = "counter",
            Incarnation = 5,
            ManagerSocket = manager.Socket,
            LocationSocket = manager.LocationSocket,
            Time = time,
        },
        new FakeResource());

    private static async Task RegisterAtManagerAsync(FakeManager manager)
    {
        FakeSession session = await manager.AcceptAsync();
        Register register = await session.ExpectAsync<Register>();
        session.Say(new Registered(register.Reference, manager.Identity));
        await session.ExpectAsync<Found>();
    }

    private static async Task<(string, long)> WithdrawnAsync(FakeLocation location)
    {
        Withdraw withdraw = await location.ExpectAsync<Withdraw>();
        return (withdraw.Server, withdraw.Incarnation);
    }

    private sealed class FakeLocation : IFrameSink
    {
        private readonly Channel<LocationMessage> _received = Channel.CreateUnbounded<LocationMessage>();
        private FramedConnection? _connection;

        public void OnOpened(FramedConnection connection) => _connection = connection;

        public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame) => _received.Writer.TryWrite(
            LocationMessage.Decode(frame, out BerStatus _) ?? throw new InvalidOperationException("no message"));

        public void OnClosed(FramedConnection connection, string reason) => _connection = null;

        public void Say(LocationMessage message)
        {
            _connection!.Send(message);
            _connection.Flush();
        }

        public void Close() => _connection!.Close("closed by the test");

        public async Task<T> ExpectAsync<T>()
            where T : LocationMessage =>
            Assert.IsType<T>(await _received.Reader.ReadAsync().AsTask().WaitAsync(FakeManager.Patience));
    }
}
