using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Store;
using Ccr.Resources.Files.Tests.Support;

namespace Ccr.Resources.Files.Tests;

/// <summary>Nothing outside the root can be reached, and every limit is said by name.</summary>
public sealed class PathTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("folder/../../outside")]
    [InlineData("folder/..")]
    [InlineData("./a")]
    [InlineData("folder//a")]
    [InlineData("folder/")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData(".ccr-0123")]
    [InlineData("folder/.ccr-0123")]
    [InlineData("link-to-file")]
    [InlineData("link-to-folder/a")]
    [InlineData("folder")]
    [InlineData("a/b")]
    [InlineData("pipe")]
    public async Task A_hostile_path_is_refused(string path)
    {
        using Workbench bench = await Open();
        using System.Diagnostics.Process pipe = System.Diagnostics.Process.Start(
            "mkfifo", Path.Combine(bench.Root, "pipe"));
        await pipe.WaitForExitAsync();
        foreach (FileOperation operation in new FileOperation[]
        {
            new ReadFile(false, 0, 10), new ReplaceFile("x"u8.ToArray()), new DeleteFile(),
        })
        {
            AtomicActionId action = bench.Begin();
            Refusal refusal = await bench.Refused(action, path, operation);
            Assert.Equal(RefusalCode.NotPermitted, refusal.Code);
            Assert.Equal(BranchAnswer.NoChange, bench.Prepare(action));
        }

        Assert.Equal("outside", File.ReadAllText(Path.Combine(bench.State, "outside")));
    }

    [Fact]
    public async Task Too_long_and_too_deep_paths_are_refused_by_the_limit()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        string[] paths =
        [
            string.Join('/', Enumerable.Repeat("abcdefghijklmnop", 100)),
            string.Join('/', Enumerable.Repeat("a", FileLimits.PathPartsMax + 1)),
        ];
        foreach (string path in paths)
        {
            Assert.Equal(RefusalCode.Limit, (await bench.Refused(action, path, new DeleteFile())).Code);
        }

        string part = new('é', 200);
        Assert.Contains("255 octets", (await bench.Refused(action, part, new DeleteFile())).Text);
    }

    [Fact]
    public async Task Offsets_and_sizes_past_the_limits_are_refused_and_the_branch_goes_on()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        byte[] octet = [1];
        Assert.Equal(RefusalCode.ProtocolError, (await bench.Refused(action, "a", new WriteFile(-1, octet))).Code);
        Assert.Equal(RefusalCode.ProtocolError, (await bench.Refused(action, "a", new ReadFile(false, -1, 1))).Code);
        foreach (long offset in new[] { FileLimits.FileOctetsMax, long.MaxValue })
        {
            Assert.Equal(RefusalCode.Limit, (await bench.Refused(action, "a", new WriteFile(offset, octet))).Code);
        }

        await bench.Do(action, "a", new WriteFile(FileLimits.FileOctetsMax - 1, octet));
        for (int i = 1; i < 4; i++)
        {
            await bench.Replace(action, $"f{i}", "");
            await bench.Do(action, $"f{i}", new WriteFile(FileLimits.FileOctetsMax - 1, octet));
        }

        Refusal full = await bench.Refused(action, "one-more", new ReplaceFile(octet));
        Assert.Equal(RefusalCode.Limit, full.Code);
        Assert.Contains(FileLimits.BranchOctetsMax.ToString(), full.Text);
        bench.Rollback(action);
        Assert.Equal(0, bench.Store.OctetsHeld);
    }

    [Fact]
    public async Task The_memory_of_all_actions_together_is_limited()
    {
        using Workbench bench = new();
        await bench.OpenAsync(storeOctetsMax: 1_000);
        AtomicActionId first = bench.Begin(), second = bench.Begin();
        await bench.Replace(first, "a", new string('x', 900));
        Assert.Equal(
            RefusalCode.Limit, (await bench.Refused(second, "b", new ReplaceFile(new byte[200]))).Code);
        bench.Rollback(first);
        await bench.Replace(second, "b", new string('y', 200));
    }

    [Fact]
    public async Task Missing_files_are_said_to_be_missing()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        Assert.Null(await bench.Read(action, "nowhere/none"));
        foreach (FileOperation operation in new FileOperation[]
        {
            new WriteFile(0, "x"u8.ToArray()), new AppendFile("x"u8.ToArray()), new DeleteFile(),
        })
        {
            Refusal refusal = await bench.Refused(action, "none", operation);
            Assert.Equal((RefusalCode.Resource, true), (refusal.Code, refusal.Text.Contains("no file 'none'")));
        }

        await bench.Replace(action, "nowhere/none", "now there");
        Assert.Equal(AnswerKind.Ready, bench.Prepare(action).Kind);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(action));
        Assert.Equal("now there", bench["nowhere/none"]);
    }

    [Fact]
    public async Task Reads_are_served_in_parts()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        bench["long"] = new string('x', 2_000_000);
        FilesReply part = await bench.Do(action, "long", new ReadFile(false, 500_000, long.MaxValue));
        Assert.Equal((2_000_000, FileLimits.ContentOctetsMax), (part.Size, part.Content.Length));
        FilesReply past = await bench.Do(action, "long", new ReadFile(false, 3_000_000, 10));
        Assert.Equal((2_000_000, 0), (past.Size, past.Content.Length));
    }

    private static async Task<Workbench> Open()
    {
        Workbench bench = new() { ["a"] = "old" };
        await bench.OpenAsync();
        Directory.CreateDirectory(Path.Combine(bench.Root, "folder"));
        string outside = Path.Combine(bench.State, "outside");
        File.WriteAllText(outside, "outside");
        File.CreateSymbolicLink(Path.Combine(bench.Root, "link-to-file"), outside);
        Directory.CreateSymbolicLink(Path.Combine(bench.Root, "link-to-folder"), bench.State);
        return bench;
    }
}
