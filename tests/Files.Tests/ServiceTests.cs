using System.Net.Sockets;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Tests.Support;
using Ccr.TestSupport;
using Ccr.Transport;

namespace Ccr.Resources.Files.Tests;

/// <summary>The file Server with a real manager, a real Location Server and real Clients, over real sockets.</summary>
public sealed class ServiceTests
{
    private const string Tokyo = "tokyo.files";
    private const string Osaka = "osaka.files";

    [Fact]
    public async Task Files_of_two_nodes_are_updated_together_or_not_at_all()
    {
        (FileNode tokyo, FileNode osaka) = await FileNode.StartTwoAsync();
        await using FileNode first = tokyo, second = osaka;
        await using CcrClient client = await tokyo.ConnectAsync();
        await using CcrFiles files = new();

        await WhenLinkedAsync(client);
        await using (AtomicAction action = await client.TransOpenAsync([Tokyo, Osaka]))
        {
            await files.ReplaceTextAsync(action, Tokyo, "accounts/a", "90");
            await files.ReplaceTextAsync(action, Osaka, "accounts/b", "110");
            Assert.Equal("110", await files.ReadTextAsync(action, Osaka, "accounts/b"));
            CcrOutcome outcome = await action.TransCloseAsync();
            Assert.True(outcome.IsCommitted, outcome.ToString());
        }

        Assert.Equal(("90", "110"), (tokyo["accounts/a"], osaka["accounts/b"]));
        await using (AtomicAction action = await client.TransOpenAsync([Tokyo, Osaka]))
        {
            await files.AppendTextAsync(action, Tokyo, "accounts/a", "0");
            await files.DeleteAsync(action, Osaka, "accounts/b");
            Assert.Null(await files.SizeAsync(action, Osaka, "accounts/b"));
            await action.RollbackAsync();
        }

        Assert.Equal(("90", "110"), (tokyo["accounts/a"], osaka["accounts/b"]));
    }

    [Fact]
    public async Task One_server_commits_in_one_phase_and_its_outcome_is_forgotten()
    {
        await using FileNode node = await FileNode.StartAsync("tokyo");
        await using CcrClient client = await node.ConnectAsync();
        await using CcrFiles files = new();
        byte[] big = new byte[(FileLimits.ContentOctetsMax * 2) + 17];
        new Random(1).NextBytes(big);
        await using AtomicAction action = await client.TransOpenAsync([Tokyo]);
        await files.ReplaceAsync(action, Tokyo, "big", big);
        await files.WriteAsync(action, Tokyo, "big", 5, "hello"u8.ToArray());
        "hello"u8.CopyTo(big.AsSpan(5));
        Assert.Equal(big, await files.ReadAsync(action, Tokyo, "big"));
        Assert.True((await action.TransCloseAsync()).IsCommitted);

        Assert.Equal(big, File.ReadAllBytes(Path.Combine(node.Root, "big")));
        await Eventually.HoldsAsync(
            () => Directory.GetFiles(node.Manager.Layout.FilesStateDirectory, "outcome-*").Length == 0,
            "the manager has the outcome forgotten");
    }

    [Fact]
    public async Task Refusals_are_told_and_a_deadlock_between_clients_is_solved_by_a_new_action()
    {
        await using FileNode node = await FileNode.StartAsync("tokyo");
        await using CcrClient client = await node.ConnectAsync();
        await using CcrFiles files = new();
        await using AtomicAction holder = await client.TransOpenAsync([Tokyo]);
        await files.ReplaceTextAsync(holder, Tokyo, "a", "1");

        await using AtomicAction victim = await client.TransOpenAsync([Tokyo]);
        CcrRefusedException missing = await Assert.ThrowsAsync<CcrRefusedException>(
            () => files.DeleteAsync(victim, Tokyo, "none"));
        Assert.Equal(RefusalCode.Resource, missing.Refusal.Code);
        CcrRefusedException deadlock = await Assert.ThrowsAsync<CcrRefusedException>(
            () => files.ReadAsync(victim, Tokyo, "a"));
        Assert.Equal(RefusalCode.Deadlock, deadlock.Refusal.Code);
        Assert.True(CcrRetry.IsPassing(deadlock.Refusal));
        Assert.False((await victim.TransCloseAsync()).IsCommitted);
        Assert.True((await holder.TransCloseAsync()).IsCommitted);
    }

    [Fact]
    public async Task Sixteen_clients_move_money_and_none_is_made_or_lost()
    {
        (FileNode tokyo, FileNode osaka) = await FileNode.StartTwoAsync();
        await using FileNode first = tokyo, second = osaka;
        await using CcrClient client = await tokyo.ConnectAsync();
        await using CcrFiles files = new();
        await WhenLinkedAsync(client);
        File.WriteAllText(Path.Combine(tokyo.Root, "a"), "1000");
        File.WriteAllText(Path.Combine(osaka.Root, "b"), "1000");

        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            CcrRetryResult result = await CcrRetry.RunAsync(client, [Tokyo, Osaka], (action, cancellation) =>
                i % 4 == 0
                    ? MoveAsync(files, action, (Osaka, "b"), (Tokyo, "a"))
                    : MoveAsync(files, action, (Tokyo, "a"), (Osaka, "b")));
            Assert.True(result.Outcome.IsCommitted, result.Outcome.ToString());
        })));

        Assert.Equal(("992", "1008"), (tokyo["a"], osaka["b"]));
    }

    [Fact]
    public async Task A_server_restarted_between_update_and_prepare_rolls_the_action_back()
    {
        await using FileNode node = await FileNode.StartAsync("tokyo");
        await using CcrClient client = await node.ConnectAsync();
        await using CcrFiles files = new();
        await using AtomicAction action = await client.TransOpenAsync([Tokyo]);
        await files.ReplaceTextAsync(action, Tokyo, "a", "1");
        await node.StopFilesAsync();
        await node.StartFilesAsync();

        CcrOutcome outcome = await action.TransCloseAsync();
        Assert.False(outcome.IsCommitted);
        Assert.False(File.Exists(Path.Combine(node.Root, "a")));
    }

    [Fact]
    public async Task A_server_keeps_working_when_its_manager_crashes_and_comes_back()
    {
        await using FileNode node = await FileNode.StartAsync("tokyo");
        await using CcrFiles files = new();
        for (int i = 0; i < 3; i++)
        {
            await using (CcrClient client = await node.ConnectAsync())
            {
                CcrRetryResult result = await CcrRetry.RunAsync(
                    client, [Tokyo], (action, stop) => files.ReplaceTextAsync(action, Tokyo, "a", $"{i}", stop));
                Assert.True(result.Outcome.IsCommitted, result.Outcome.ToString());
            }

            Assert.Equal($"{i}", node["a"]);
            await node.Manager.CrashAsync();
            await node.Manager.StartAsync();
        }
    }

    [Theory]
    [InlineData("hello, is this the file server?\n")]
    [InlineData("\u0000\u0001\u0002\u0003")]
    [InlineData("\u00A0\u0084\u007F\u00FF\u00FF\u00FF")] // a frame of 2 GB is announced
    public async Task Garbage_costs_its_sender_the_connection_and_nobody_else_anything(string garbage)
    {
        await using FileNode node = await FileNode.StartAsync("tokyo");
        foreach (string address in node.Files.Addresses)
        {
            using Socket socket = await FrameDialer.ConnectAsync(address, CancellationToken.None);
            await socket.SendAsync(System.Text.Encoding.Latin1.GetBytes(garbage));
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await socket.ReceiveAsync(new byte[10]).WaitAsync(TimeSpan.FromSeconds(30)));
        }

        await using CcrClient client = await node.ConnectAsync();
        await using CcrFiles files = new();
        await using AtomicAction action = await client.TransOpenAsync([Tokyo]);
        await files.ReplaceTextAsync(action, Tokyo, "a", "1");
        Assert.True((await action.TransCloseAsync()).IsCommitted);
    }

    private static async Task MoveAsync(
        CcrFiles files, AtomicAction action, (string Server, string Path) from, (string Server, string Path) to)
    {
        int has = int.Parse((await files.ReadTextAsync(action, from.Server, from.Path, forUpdate: true))!);
        await files.ReplaceTextAsync(action, from.Server, from.Path, $"{has - 1}");
        int gets = int.Parse((await files.ReadTextAsync(action, to.Server, to.Path, forUpdate: true))!);
        await files.ReplaceTextAsync(action, to.Server, to.Path, $"{gets + 1}");
    }

    /// <summary>Until the announcements have gone round, the other node's Server is not found.</summary>
    private static async Task WhenLinkedAsync(CcrClient client)
    {
        CcrRetryResult linked = await CcrRetry.RunAsync(client, [], async (action, cancellation) =>
        {
            try
            {
                await action.TransOpenSubAsync(Osaka, cancellation);
            }
            catch (CcrRefusedException notYet)
            {
                throw new CcrRefusedException(new Refusal(RefusalCode.RetryLater, notYet.Message));
            }
        });
        Assert.True(linked.Outcome.IsCommitted, linked.Outcome.ToString());
    }
}
