using Ccr.Client;
using Ccr.TestSupport;

namespace Ccr.Artemis.Tests.Support;

/// <summary>A real manager, a real checkpoint server, and a fake program.</summary>
internal sealed class ServerBench : IAsyncDisposable
{
    private CheckpointServer? _server;

    private ServerBench(ManagerFixture manager, GroupFolder folder)
    {
        Manager = manager;
        Folder = folder;
    }

    internal ManagerFixture Manager { get; }

    internal GroupFolder Folder { get; }

    private TimeSpan AnswerPatience { get; init; }

    internal CheckpointServer Server => _server!;

    internal List<string> Log { get; } = [];

    internal static async Task<ServerBench> StartAsync(int everyMs = 0, TimeSpan? answerPatience = null)
    {
        ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        string directory = Directory.CreateTempSubdirectory("ccr-a").FullName;
        ServerBench bench = new(manager, new GroupFolder(directory, "counter"))
        {
            AnswerPatience = answerPatience ?? TimeSpan.FromSeconds(20),
        };
        await bench.StartServerAsync(everyMs);
        return bench;
    }

    internal async Task StartServerAsync(int everyMs = 0, bool register = true)
    {
        _server = CheckpointServer.Start(new CheckpointServerOptions
        {
            Folder = Folder,
            Settings = new GroupSettings { EveryMs = everyMs },
            Node = Manager.Node,
            ManagerSocket = Manager.Layout.ManagerSocket,
            Log = line =>
            {
                lock (Log)
                {
                    Log.Add(line);
                }
            },
            TurnPatience = TimeSpan.FromSeconds(2),
            MemberPatience = TimeSpan.FromSeconds(2),
            AnswerPatience = AnswerPatience,
            SignalAgain = TimeSpan.FromMilliseconds(100),
        });
        if (register)
        {
            await Server.Registered.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    internal async Task StopServerAsync()
    {
        await Server.DisposeAsync();
        _server = null;
    }

    internal async Task<FakeJacket> ProgramAsync(int seed = 1, HelloMode mode = HelloMode.Run)
    {
        FakeProgram program = new(seed);
        program.Run(50);
        (FakeJacket jacket, Frame answer) = await FakeJacket.ConnectAsync(Folder, program, mode);
        Assert.Equal(FrameType.Welcome, answer.Type);
        await Server.Arrived.WaitAsync(TimeSpan.FromSeconds(30));
        return jacket;
    }

    internal Task<CcrClient> ClientAsync() => CcrClient.ConnectAsync(Manager.Layout.ManagerSocket);

    /// <summary>One checkpoint in an action of its own; in two phases where another Server takes part.</summary>
    internal async Task<CcrOutcome> TakeAsync(FakeJacket jacket, Failure? failure = null)
    {
        Task<long> obeyed = jacket.ObeyAsync(failure);
        CcrOutcome outcome = await Server.CheckpointAsync();
        await obeyed;
        return outcome;
    }

    /// <summary>A checkpoint that is promised and not decided: its other branch holds the decision back.</summary>
    internal CheckpointRecord[] Checkpoints => Server.Store.Read(state => state.Checkpoints.ToArray());

    /// <summary>A checkpoint holds what the program's memory was.</summary>
    internal void Holds(FakeJacket jacket, long number)
    {
        CheckpointImage image = Server.Store.Segments.ImageOf(number);
        Assert.Equal(
            jacket.Memories[number].Keys,
            image.Populated.SelectMany(
                r => Enumerable.Range(0, (int)r.Pages).Select(i => r.Start + ((ulong)i * WireWords.PageOctets))));
        foreach ((ulong address, byte[] page) in jacket.Memories[number])
        {
            byte[] found = new byte[WireWords.PageOctets];
            if (image.Pages.TryGetValue(address, out PageEntry entry) && !entry.Place.IsZero)
            {
                Assert.True(Server.Store.Segments.TryRead(entry.Place, found));
            }

            Assert.Equal(page, found);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Manager.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(Folder.Root))!, recursive: true);
    }
}
