using Ccr.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Tests;

/// <summary>Which slot an embedded manager takes.</summary>
public sealed class SlotTests : IAsyncDisposable
{
    private readonly OneRoot _root = new();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _root.DisposeAsync();

    [Fact]
    public async Task EachTakesTheFirstFreeSlot()
    {
        EmbeddedCcrManager one = await _root.StartAsync();
        EmbeddedCcrManager two = await _root.StartAsync();
        Assert.Equal(["shop-1", "shop-2"], [one.Identity!.Node.Value, two.Identity!.Node.Value]);
        Assert.Equal(Path.Combine(_root.Folder, "shop-1"), one.Layout!.Root);
        Assert.Equal(one.Layout.ManagerSocket, one.SocketPath);
        await one.StopAsync(CancellationToken.None);
        EmbeddedCcrManager three = await _root.StartAsync();
        Assert.Equal(("shop-1", 2u), (three.Identity!.Node.Value, three.Identity.Epoch));
    }

    [Fact]
    public async Task WhenAllAreTakenItIsSaidSo()
    {
        await _root.StartAsync();
        IOException refused = await Assert.ThrowsAsync<IOException>(() => _root.StartAsync(o => o.SlotsMax = 1));
        Assert.Contains("All 1 slots", refused.Message, StringComparison.Ordinal);
        Assert.Contains("raise SlotsMax", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARootThatCannotBeWrittenIsRefusedInWords()
    {
        string file = Path.Combine(_root.Folder, "file");
        await File.WriteAllTextAsync(file, "");
        IOException refused = await Assert.ThrowsAsync<IOException>(
            () => _root.StartAsync(o => o.Root = Path.Combine(file, "root")));
        Assert.Contains("set Root to another folder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADamagedLogIsPassedOverAndSaidSo()
    {
        EmbeddedCcrManager one = await _root.StartAsync();
        string log = one.Layout!.LogDirectory;
        await one.StopAsync(CancellationToken.None);
        await File.WriteAllBytesAsync(Path.Combine(log, "witness"), [1, 2, 3]);
        EmbeddedCcrManager next = await _root.StartAsync();
        Assert.Equal("shop-2", next.Identity!.Node.Value);
        await _root.Log.WaitForAsync("The slot shop-1 is passed over");
        await next.Adoption!.LookAsync();
        await _root.Log.WaitForAsync("shop-1, whose process has ended, cannot be run here");
        Assert.Empty(next.Adopted);
    }

    [Theory]
    [InlineData("Shop", 64, "/x", "cannot name nodes")]
    [InlineData("", 64, "/x", "has no name")]
    [InlineData("a-name-of-22-characters", 99, "/x", "cannot name nodes")]
    [InlineData("shop", 1000, "/x", "use 1 to 999")]
    [InlineData("shop", 64, "", "has no root")]
    public void WhatCannotBeIsRefusedInASentence(string application, int slots, string root, string words)
    {
        EmbeddedCcrManagerOptions options = new() { Application = application, SlotsMax = slots, Root = root };
        string said = new EmbeddedCcrManagerOptionsValidator().Validate(null, options).FailureMessage!;
        Assert.Contains(words, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostRunsIt()
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Configuration["CcrEmbedded:Root"] = _root.Folder;
        builder.Configuration["Ccr:AllowVolatileDirectory"] = "true";
        builder.Services.AddEmbeddedCcrManager(options => options.Application = "shop");
        using IHost host = builder.Build();
        await host.StartAsync();
        EmbeddedCcrManager manager = host.Services.GetRequiredService<EmbeddedCcrManager>();
        await using CcrClient client = await CcrClient.ConnectAsync(manager.SocketPath);
        Assert.Equal(manager.Identity, client.Manager);
        await host.StopAsync();
        Assert.False(Slot.IsUnsettled(new NodeLayout(Path.Combine(_root.Folder, "shop-1"))));
    }
}
