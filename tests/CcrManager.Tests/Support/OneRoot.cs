using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager.Tests;

/// <summary>Embedded managers as of several processes on one root. They look when they are told.</summary>
internal sealed class OneRoot : IAsyncDisposable
{
    private readonly List<EmbeddedCcrManager> _managers = [];

    /// <summary>The root; removed at the end.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("ccr-e").FullName;

    /// <summary>What all managers wrote to their logs for people.</summary>
    public LinesLogger<EmbeddedCcrManager> Log { get; } = new();

    /// <summary>Set when a manager has asked its application to stop.</summary>
    public FakeLifetime Lifetime { get; } = new();

    /// <summary>What lives with each manager.</summary>
    public List<IManagerCompanionFactory> Companions { get; } = [];

    public EmbeddedCcrManagerOptions Options(Action<EmbeddedCcrManagerOptions>? configure = null)
    {
        EmbeddedCcrManagerOptions options = new()
        {
            Root = Folder,
            Application = "shop",
            LookIntervalMs = 3_600_000,
            QuietMs = 50,
            RetryMs = 1,
            ConfigureManager = manager =>
            {
                manager.Lanes = 2;
                manager.AllowVolatileDirectory = true;
                manager.StopTimeoutMs = 200;
                manager.RecoverBackoffMsMin = 50;
                manager.RecoverBackoffMsMax = 500;
            },
        };
        configure?.Invoke(options);
        return options;
    }

    /// <summary>One more process.</summary>
    public async Task<EmbeddedCcrManager> StartAsync(
        Action<EmbeddedCcrManagerOptions>? configure = null, ManagerParts? parts = null)
    {
        EmbeddedCcrManager manager = new(
            Microsoft.Extensions.Options.Options.Create(Options(configure)), Lifetime, Log, TimeProvider.System,
            Companions)
        {
            Parts = parts ?? ManagerParts.Real,
        };
        _managers.Add(manager);
        await manager.StartAsync(CancellationToken.None);
        return manager;
    }

    /// <summary>Looks until it has given up all that it adopted.</summary>
    public static Task GivenUpAsync(EmbeddedCcrManager manager) => UntilAsync(
        manager, () => manager.Adopted.Count == 0, "what was adopted is given up");

    /// <summary>Looks until a condition holds.</summary>
    public static async Task UntilAsync(EmbeddedCcrManager manager, Func<bool> condition, string words)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"It never held: {words}");
            await timer.WaitForNextTickAsync();
            await manager.Adoption!.LookAsync();
        }
    }

    /// <summary>A session with the manager at a socket, welcomed.</summary>
    public static async Task<RawPeer<SessionMessage>> SessionAsync(
        string socket, SessionRole role, Func<SessionMessage, SessionMessage?>? answer = null)
    {
        var session = await RawPeer<SessionMessage>.ConnectAsync("unix:" + socket, answer);
        session.Say(new Hello(1, role, "test", null));
        await session.ExpectAsync<Welcome>();
        return session;
    }

    /// <summary>A Server at a socket that reports what it found.</summary>
    public static async Task<RawPeer<SessionMessage>> ServerAsync(
        string socket, string name, Func<SessionMessage, SessionMessage?> answer, params FoundBranch[] found)
    {
        var session = await SessionAsync(socket, SessionRole.Server, answer);
        session.Say(new Register(1, name, "test", 1, []));
        await session.ExpectAsync<Registered>();
        session.Say(new Found(name, found, true));
        return session;
    }

    /// <summary>An action over two Servers that was decided and not carried out: a live record of its log.</summary>
    public static async Task<FoundBranch[]> DecideAsync(EmbeddedCcrManager manager)
    {
        await using var a = await ServerAsync(manager.SocketPath, "a", Promising);
        await using var b = await ServerAsync(manager.SocketPath, "b", Promising);
        await using var client = await SessionAsync(manager.SocketPath, SessionRole.Client);
        client.Say(new TransOpen(1, ["a", "b"], 0));
        AtomicActionId action = (await client.ExpectAsync<TransOpenAck>()).Action;
        client.Say(new TransClose(2, action, CloseAnswer.Done));
        Commit first = await a.ExpectAsync<Commit>();
        Commit second = await b.ExpectAsync<Commit>();
        return
        [
            new FoundBranch(action, first.Branch, manager.Identity!, FoundState.Ready),
            new FoundBranch(action, second.Branch, manager.Identity!, FoundState.Ready),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (EmbeddedCcrManager manager in _managers)
        {
            await manager.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Says yes, and leaves the order to commit to the test.</summary>
    private static SessionMessage? Promising(SessionMessage message) =>
        message is Commit ? null : RawPeers.Obedient(message);
}
