using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Tests.Support;
using Ccr.TestSupport;

namespace Ccr.Resources.Files.Tests;

/// <summary>
/// A file Server that takes requests and says nothing: hung, or its machine gone without a word, which a connection
/// that waits for an answer cannot tell. Whoever asked it is told when the action ends (SEM-8).
/// </summary>
public sealed class DeafServerTests
{
    private const string Deaf = "tokyo.deaf";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ActionTimeout = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Who_waits_for_an_answer_is_told_when_the_action_is_rolled_back()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        using TcpListener deaf = Listen();
        await using CcrServer server = await RegisterAsync(manager, deaf);
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
        await using CcrFiles files = new();
        await using AtomicAction action = await client.TransOpenAsync([Deaf], ActionTimeout);

        CcrRefusedException told = await Assert.ThrowsAsync<CcrRefusedException>(
            () => files.ReadTextAsync(action, Deaf, "a").WaitAsync(Patience));

        Assert.Equal(RefusalCode.Timeout, told.Refusal.Code);
        Assert.Equal(RefusalCode.Timeout, (await action.TransCloseAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task Who_waits_for_an_answer_is_told_when_the_manager_is_lost()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        using TcpListener deaf = Listen();
        await using CcrServer server = await RegisterAsync(manager, deaf);
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
        await using CcrFiles files = new();
        await using AtomicAction action = await client.TransOpenAsync([Deaf]);
        Task<string?> asking = files.ReadTextAsync(action, Deaf, "a");
        using Socket asked = await deaf.AcceptSocketAsync().WaitAsync(Patience);

        await manager.CrashAsync();

        CcrRefusedException told = await Assert.ThrowsAsync<CcrRefusedException>(() => asking.WaitAsync(Patience));
        Assert.Equal(RefusalCode.AssociationLost, told.Refusal.Code);
        await manager.StartAsync();
    }

    [Fact]
    public async Task Who_cannot_connect_is_told_and_holds_up_nobody_who_asks_another_Server()
    {
        await using FileNode node = await FileNode.StartAsync("tokyo");
        using TcpListener full = Listen(backlog: 0);
        List<Socket> takers = await FillAsync((IPEndPoint)full.LocalEndpoint);
        await using CcrServer server = await RegisterAsync(node.Manager, full);
        await using CcrClient client = await node.ConnectAsync();
        await using CcrFiles files = new();
        await using AtomicAction stuck = await client.TransOpenAsync([Deaf], ActionTimeout);
        Stopwatch attempt = Stopwatch.StartNew();
        Task<string?> asking = files.ReadTextAsync(stuck, Deaf, "a");

        await using AtomicAction other = await client.TransOpenAsync([node.Server]);
        await files.ReplaceTextAsync(other, node.Server, "a", "1").WaitAsync(Patience);
        Assert.False(asking.IsCompleted);
        Assert.True((await other.TransCloseAsync()).IsCommitted);

        CcrRefusedException told = await Assert.ThrowsAsync<CcrRefusedException>(() => asking.WaitAsync(Patience));
        if (attempt.Elapsed < ClientLimits.ConnectTimeout)
        {
            Assert.Equal(RefusalCode.Timeout, told.Refusal.Code);
        }

        takers.ForEach(t => t.Dispose());
    }

    [Fact]
    public async Task Who_disposes_waits_for_no_attempt_to_connect()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        using TcpListener full = Listen(backlog: 0);
        List<Socket> takers = await FillAsync((IPEndPoint)full.LocalEndpoint);
        await using CcrServer server = await RegisterAsync(manager, full);
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Layout.ManagerSocket);
        CcrFiles files = new();
        await using AtomicAction action = await client.TransOpenAsync([Deaf]);
        Stopwatch attempt = Stopwatch.StartNew();
        Task<string?> asking = files.ReadTextAsync(action, Deaf, "a");

        await files.DisposeAsync();

        CcrRefusedException told = await Assert.ThrowsAsync<CcrRefusedException>(() => asking.WaitAsync(Patience));
        Assert.Equal(RefusalCode.ServerLost, told.Refusal.Code);
        Assert.True(attempt.Elapsed < ClientLimits.ConnectTimeout, $"it took {attempt.Elapsed.TotalSeconds:F1} s");
        takers.ForEach(t => t.Dispose());
    }

    private static TcpListener Listen(int backlog = 16)
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start(backlog);
        return listener;
    }

    /// <summary>Connects until the listener's queue is full: who comes then waits.</summary>
    private static async Task<List<Socket>> FillAsync(IPEndPoint listener)
    {
        List<Socket> takers = [];
        while (true)
        {
            Socket taker = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            takers.Add(taker);
            using CancellationTokenSource full = new(TimeSpan.FromMilliseconds(300));
            try
            {
                await taker.ConnectAsync(listener, full.Token);
            }
            catch (OperationCanceledException)
            {
                return takers;
            }
        }
    }

    private static async Task<CcrServer> RegisterAsync(ManagerFixture manager, TcpListener at)
    {
        CcrServer server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = Deaf,
                Kind = "files",
                Incarnation = 1,
                ManagerSocket = manager.Layout.ManagerSocket,
                Addresses = [$"tcp:{at.LocalEndpoint}"],
            },
            new Willing());
        await server.Registered.WaitAsync(Patience);
        return server;
    }

    /// <summary>Says yes to everything.</summary>
    private sealed class Willing : IBranchResource
    {
        public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchVote.Ready);

        public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchEnd.Committed);

        public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchEnd.RolledBack);

        public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchEnd.Committed);

        public ValueTask ForgetAsync(BranchContext branch, CancellationToken cancellation) => ValueTask.CompletedTask;

        public IReadOnlyList<FoundBranch> Found() => [];
    }
}
