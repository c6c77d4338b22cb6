using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>
/// Sessions that break the protocol: each loses its connection, hears why, and costs nobody else anything.
/// </summary>
public sealed class HostileSessionTests : IAsyncLifetime
{
    private ManagerFixture _manager = null!;
    private RawPeer<SessionMessage> _bystander = null!;

    public async Task InitializeAsync()
    {
        _manager = await ManagerFixture.StartAsync("tokyo", options => options.HelloTimeoutMs = 1_500);
        _bystander = await _manager.SessionAsync(SessionRole.Operator);
    }

    public async Task DisposeAsync()
    {
        // Whatever the test did, the bystander has noticed nothing.
        _bystander.Say(new AskStatus(1));
        await _bystander.ExpectAsync<Status>();
        await _bystander.DisposeAsync();
        await _manager.DisposeAsync();
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x00, 0x00, 0x00, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x80, 0x00, 0x00 })]
    [InlineData(new byte[] { 0xA0, 0x03, 0x80, 0x01, 0x01 })]
    [InlineData(new byte[] { 0x47, 0x45, 0x54, 0x20, 0x2F, 0x0D, 0x0A, 0x0D, 0x0A })]
    public async Task Garbage(byte[] octets)
    {
        await using var session = await Connect();
        session.SayOctets(octets);
        await session.ClosedAsync();
    }

    [Fact]
    public async Task AFrameOfTwoGigabytesIsRefusedWhenItIsAnnounced()
    {
        await using var session = await Connect();
        session.SayOctets(0xA3, 0x84, 0x80, 0x00, 0x00, 0x00);
        await session.ClosedAsync();
        await _manager.Log.WaitForAsync("2 GB or more is announced");
    }

    [Fact]
    public async Task AnotherVersionIsRefusedInWords()
    {
        await using var session = await Connect();
        session.Say(new Hello(9, SessionRole.Client, "tomorrow", null));
        RequestRefused refused = await session.ExpectAsync<RequestRefused>();
        Assert.Contains("version 9", refused.Refusal.Text, StringComparison.Ordinal);
        await session.ClosedAsync();
    }

    [Fact]
    public async Task ASessionThatDoesNotBeginWithHelloIsRefusedInWords()
    {
        await using var session = await Connect();
        session.Say(new TransOpen(1, [], 0));
        RequestRefused refused = await session.ExpectAsync<RequestRefused>();
        Assert.Contains("hello is due", refused.Refusal.Text, StringComparison.Ordinal);
        await session.ClosedAsync();
    }

    [Fact]
    public async Task ASessionThatSaysNothingIsClosedWhenItsTimeIsOver()
    {
        await using var session = await Connect();
        RequestRefused refused = await session.ExpectAsync<RequestRefused>();
        Assert.Equal(RefusalCode.Timeout, refused.Refusal.Code);
        await session.ClosedAsync();
    }

    [Theory]
    [InlineData(SessionRole.Client)]
    [InlineData(SessionRole.Server)]
    [InlineData(SessionRole.Location)]
    public async Task NobodyButAnOperatorGivesOperatorsOrders(SessionRole role)
    {
        await using var session = await _manager.SessionAsync(role);
        session.Say(new ResetNode(1, NodeName.Parse("osaka"), "mallory"));
        await session.UntilAsync<RequestRefused>();
        await session.ClosedAsync();
    }

    [Fact]
    public async Task AServerMaySpeakOnlyForItself()
    {
        await using var server = await _manager.ServerAsync("tokyo.files");
        await using var other = await _manager.SessionAsync(SessionRole.Server);
        AtomicActionId action = new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(1, 1));
        BranchId branch = new(action.Owner, Suffix.OfInteger(1));
        other.Say(new Ready("tokyo.files", action, branch));
        await other.UntilAsync<RequestRefused>();
        await other.ClosedAsync();
        Assert.False(server.IsClosed);
    }

    [Fact]
    public async Task AnOlderIncarnationOfAServerIsRefusedAndANewerOneTakesItsPlace()
    {
        await using var first = await _manager.ServerAsync("tokyo.files", 5);
        await using var older = await _manager.SessionAsync(SessionRole.Server);
        older.Say(new Register(3, "tokyo.files", "test", 4, []));
        RequestRefused refused = await older.ExpectAsync<RequestRefused>();
        Assert.Equal(RefusalCode.StaleIdentity, refused.Refusal.Code);

        older.Say(new Register(4, "tokyo.files", "test", 5, []));
        refused = await older.ExpectAsync<RequestRefused>();
        Assert.Contains("two processes use the same name", refused.Refusal.Text, StringComparison.Ordinal);

        older.Say(new Register(5, "tokyo.files", "test", 6, []));
        await older.ExpectAsync<Registered>();
        await first.ClosedAsync();
    }

    [Fact]
    public async Task ASessionThatFloodsIsServedOrClosedAndOthersGoOn()
    {
        await using var flood = await _manager.SessionAsync(SessionRole.Client);
        AtomicActionId unknown = new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(1, 1_000_000));
        flood.SayAll(Enumerable.Range(1, 20_000).Select(i => new AskOutcome(i, unknown)));
        _bystander.Say(new AskStatus(2));
        await _bystander.ExpectAsync<Status>();
        OutcomeIs last = await flood.ExpectAsync<OutcomeIs>();
        Assert.Equal(1, last.Reference);
    }

    [Fact]
    public async Task AClientThatDiesBetweenTransOpenAndTransCloseIsRolledBack()
    {
        TaskCompletionSource rolledBack = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await _manager.ServerAsync("tokyo.files", 1, message =>
        {
            if (message is RollbackBranch)
            {
                rolledBack.TrySetResult();
            }

            return RawPeers.Obedient(message);
        });
        await using (var client = await _manager.SessionAsync(SessionRole.Client))
        {
            client.Say(new TransOpen(1, ["tokyo.files"], 0));
            await client.ExpectAsync<TransOpenAck>();
        }

        await rolledBack.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Task<RawPeer<SessionMessage>> Connect() =>
        RawPeer<SessionMessage>.ConnectAsync("unix:" + _manager.Layout.ManagerSocket);
}
