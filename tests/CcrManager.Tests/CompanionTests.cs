using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Tests;

/// <summary>What lives with a manager starts after it and ends before it.</summary>
public sealed class CompanionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-c").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ACompanionStartsWhenTheManagerListensAndEndsWhileItDoes()
    {
        List<string> events = [];
        using IHost host = Host(events, fails: false);
        await host.StartAsync();
        CcrManagerService manager = host.Services.GetRequiredService<CcrManagerService>();
        string identity = manager.Identity!.ToString();
        Assert.Equal([$"a starts with {identity}, socket True", $"b starts with {identity}, socket True"], events);
        events.Clear();
        await host.StopAsync();
        Assert.Equal(["b ends, socket True", "a ends, socket True"], events);
    }

    [Fact]
    public async Task ACompanionThatCannotWorkKeepsTheManagerFromStartingAndItsLogIsFreeAgain()
    {
        List<string> events = [];
        using (IHost host = Host(events, fails: true))
        {
            IOException refused = await Assert.ThrowsAsync<IOException>(() => host.StartAsync());
            Assert.Equal("no such driver", refused.Message);
            Assert.Equal("a ends, socket True", events[^1]);
        }

        using IHost again = Host(events, fails: false);
        await again.StartAsync();
        Assert.Equal(2u, again.Services.GetRequiredService<CcrManagerService>().Identity!.Epoch);
        await again.StopAsync();
    }

    [Fact]
    public async Task AClientIsWelcomedWhenTheCompanionsHaveStarted()
    {
        Task<RawPeer<SessionMessage>>? client = null;
        bool wasEarly = true;
        using IHost host = Host([], fails: false, async layout =>
        {
            client = OneRoot.SessionAsync(layout.ManagerSocket, SessionRole.Client);
            for (int i = 0; i < 4; i++)
            {
                await using var other = await OneRoot.SessionAsync(layout.ManagerSocket, SessionRole.Operator);
            }

            wasEarly = client.IsCompleted;
        });
        await host.StartAsync();
        Assert.False(wasEarly);
        await using var welcomed = await client!;
        await host.StopAsync();
    }

    private IHost Host(List<string> events, bool fails, Func<NodeLayout, Task>? starting = null)
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddCcrManager(options =>
        {
            options.Node = "shop-1";
            options.Data = _folder;
            options.Lanes = 1;
            options.AllowVolatileDirectory = true;
        });
        builder.Services.AddManagerCompanion(_ => new Companion("a", events, false));
        builder.Services.AddManagerCompanion(_ => new Companion("b", events, fails, starting));
        return builder.Build();
    }

    private sealed class Companion(
        string name, List<string> events, bool fails, Func<NodeLayout, Task>? starting = null) : IManagerCompanion
    {
        private NodeLayout? _layout;

        public bool IsSettled => true;

        public Task StartAsync(ManagerSurroundings surroundings, CancellationToken cancellation)
        {
            _layout = surroundings.Layout;
            if (fails)
            {
                throw new IOException("no such driver");
            }

            events.Add($"{name} starts with {surroundings.Identity}, socket {File.Exists(_layout.ManagerSocket)}");
            return starting?.Invoke(_layout) ?? Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            events.Add($"{name} ends, socket {File.Exists(_layout!.ManagerSocket)}");
            return ValueTask.CompletedTask;
        }
    }
}
