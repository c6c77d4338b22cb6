using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager.Tests;

/// <summary>Configuration, start and stop.</summary>
public sealed class HostingTests
{
    [Theory]
    [InlineData("Node", "Tokyo", "is not a node name")]
    [InlineData("Node", "", "has no name")]
    [InlineData("Data", "", "has no data directory")]
    [InlineData("Listen", "0.0.0.0:7001", "mutual TLS")]
    [InlineData("Listen", "192.168.1.7:7001", "mutual TLS")]
    [InlineData("Listen", "nowhere", "no address to listen on")]
    [InlineData("Lanes", "257", "use 1 to 256")]
    [InlineData("Peers:osaka", "somewhere", "is no peer")]
    [InlineData("Peers:tokyo", "127.0.0.1:1", "own name")]
    [InlineData("LogLimitBytes", "1000", "too small")]
    [InlineData("HelloTimeoutMs", "0", "must be more than 0")]
    [InlineData("PingTimeoutMs", "10", "must be more than PingIntervalMs")]
    public void WhatCannotBeIsRefusedInASentence(string key, string value, string words)
    {
        using IHost host = Host(new() { ["Ccr:Node"] = "tokyo", ["Ccr:Data"] = "/x", [$"Ccr:{key}"] = value });
        OptionsValidationException refused = Assert.Throws<OptionsValidationException>(
            () => host.Services.GetRequiredService<IOptions<CcrManagerOptions>>().Value);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItRunsInsideAnApplicationsHost()
    {
        string folder = Directory.CreateTempSubdirectory("ccr-h").FullName;
        using (IHost host = Host(new()
        {
            ["Ccr:Node"] = "shop-1",
            ["Ccr:Data"] = folder,
            ["Ccr:AllowVolatileDirectory"] = "true",
            ["Ccr:Peers:osaka"] = "127.0.0.1:1",
        }))
        {
            await host.StartAsync();
            CcrManagerService manager = host.Services.GetRequiredService<CcrManagerService>();
            Assert.Equal("shop-1", manager.Identity!.Node.Value);
            Assert.Equal(1u, manager.Identity.Epoch);
            NodeLayout layout = new(folder);
            Assert.Equal(manager.Address, NodeLayout.ReadAddress(layout.ManagerAddressFile));
            Assert.Equal(layout.ManagerSocket, manager.SocketPath);
            await host.StopAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task ACleanStopRefusesNewActionsAndLetsThoseUnderWayEnd()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo", o => o.StopTimeoutMs = 10_000);
        await using var server = await manager.ServerAsync("a");
        await using var client = await manager.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["a"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();

        Task stopping = manager.StopAsync();
        await Eventually.HoldsAsync(() => ProbeIsRefused(client).Result, "new actions are refused");
        Assert.False(stopping.IsCompleted);
        client.Say(new TransClose(3, ack.Action, CloseAnswer.Done));
        await client.UntilAsync<DoneCommit>();
        await stopping.WaitAsync(TimeSpan.FromSeconds(30));
        await client.ClosedAsync();

        static async Task<bool> ProbeIsRefused(RawPeer<SessionMessage> client)
        {
            client.Say(new TransOpen(2, [], 0));
            return await client.ExpectAsync<SessionMessage>() is RequestRefused { Refusal.Code: RefusalCode.Stopping };
        }
    }

    [Fact]
    public async Task ACleanStopIsBoundedInTime()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo", o => o.StopTimeoutMs = 200);
        await using var server = await manager.ServerAsync("a");
        await using var client = await manager.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["a"], 0));
        await client.ExpectAsync<TransOpenAck>();
        await manager.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await manager.Log.WaitForAsync("1 actions were still under way");
    }

    [Fact]
    public async Task EachStartTakesTheNextEpoch()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await manager.StopAsync();
        await manager.StartAsync();
        Assert.Equal(2u, manager.Service.Identity!.Epoch);
        await manager.CrashAsync();
        await manager.StartAsync();
        Assert.Equal(3u, manager.Service.Identity!.Epoch);
    }

    private static IHost Host(Dictionary<string, string?> settings)
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
        builder.Services.AddCcrManager();
        return builder.Build();
    }
}
