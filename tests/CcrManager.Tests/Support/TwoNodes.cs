using System.Collections.Concurrent;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>Two managers that know each other, each with one Server and a Location Server that knows both.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    private static readonly (string Server, string Node)[] s_places =
        [("tokyo.files", "tokyo"), ("osaka.files", "osaka")];

    private readonly Func<SessionMessage, SessionMessage?> _osakaServer;
    private readonly List<RawPeer<SessionMessage>> _sessions = [];
    private readonly ConcurrentDictionary<BranchId, FoundBranch> _osakaPrepared = new();
    private int _osakaCommits;

    private TwoNodes(ManagerFixture tokyo, ManagerFixture osaka, Func<SessionMessage, SessionMessage?> osakaServer)
    {
        Tokyo = tokyo;
        Osaka = osaka;
        _osakaServer = osakaServer;
    }

    public ManagerFixture Tokyo { get; }

    public ManagerFixture Osaka { get; }

    /// <summary>How many commits the Server at osaka has answered since the last start of the nodes.</summary>
    public int OsakaCommits => Volatile.Read(ref _osakaCommits);

    public static async Task<TwoNodes> StartAsync(
        Func<SessionMessage, SessionMessage?>? osakaServer = null, Action<CcrManagerOptions>? configure = null,
        TimeProvider? time = null)
    {
        ManagerFixture osaka = await ManagerFixture.StartAsync("osaka", configure, time);
        ManagerFixture tokyo = await ManagerFixture.StartAsync("tokyo", options =>
        {
            options.Peers["osaka"] = osaka.Address;
            configure?.Invoke(options);
        }, time);
        TwoNodes nodes = new(tokyo, osaka, osakaServer ?? RawPeers.Obedient);
        await nodes.ServeAsync(1);
        return nodes;
    }

    /// <summary>Starts both again after a crash, with their Servers.</summary>
    public async Task RestartAsync()
    {
        await Osaka.StartAsync();
        await Tokyo.StartAsync();
        await ServeAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RawPeer<SessionMessage> session in _sessions)
        {
            await session.DisposeAsync();
        }

        await Tokyo.DisposeAsync();
        await Osaka.DisposeAsync();
    }

    private async Task ServeAsync(long incarnation)
    {
        _osakaCommits = 0;
        _sessions.Add(await Tokyo.LocationAsync(s_places));
        _sessions.Add(await Osaka.LocationAsync(s_places));
        _sessions.Add(await Tokyo.ServerAsync("tokyo.files", incarnation));
        _sessions.Add(await Osaka.ServerAsync("osaka.files", incarnation, AnswerAtOsaka, [.. _osakaPrepared.Values]));
    }

    /// <summary>What the Server at osaka answers, keeping what it has prepared as a real one would.</summary>
    private SessionMessage? AnswerAtOsaka(SessionMessage message)
    {
        SessionMessage? answer = _osakaServer(message);
        if (answer is Ready ready)
        {
            ManagerIdentity promised = Osaka.Service.Identity!;
            _osakaPrepared[ready.Branch] = new FoundBranch(ready.Action, ready.Branch, promised, FoundState.Ready);
        }
        else if (answer is Done done)
        {
            _osakaPrepared.TryRemove(done.Branch, out _);
            _osakaCommits += done.Outcome == DoneOutcome.Committed ? 1 : 0;
        }

        return answer;
    }
}
