using System.Text;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Store;

namespace Ccr.Resources.Files.Tests.Support;

/// <summary>
/// One branch that writes two files, creates one in a new folder and deletes one, in a process that kills itself at a
/// named point.
/// </summary>
internal static class CrashScenario
{
    private const int SigKill = 9;

    internal static AtomicActionId Action { get; } =
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(9, 9));

    /// <summary>The files before.</summary>
    internal static IReadOnlyDictionary<string, string> Before { get; } = new Dictionary<string, string>
    {
        ["longer.txt"] = Fill('a', 3_000),
        ["shorter.txt"] = Fill('b', 9_000),
        ["gone.txt"] = "to be deleted",
        ["other.txt"] = "nobody touches me",
    };

    /// <summary>The files after a commitment.</summary>
    internal static IReadOnlyDictionary<string, string> After { get; } = new Dictionary<string, string>
    {
        ["longer.txt"] = Fill('A', 20_000),
        ["shorter.txt"] = Fill('B', 700),
        ["new/folder/made.txt"] = Fill('C', 5_000),
        ["other.txt"] = "nobody touches me",
    };

    internal static void LayOut(string root)
    {
        foreach ((string path, string content) in Before)
        {
            File.WriteAllText(Path.Combine(root, path), content);
        }
    }

    /// <summary>Every file below the root, by path.</summary>
    internal static Dictionary<string, string> Files(string root) =>
        Directory.GetFiles(root, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(root, path), File.ReadAllText);

    internal static async Task RunAndDieAsync(string root, string state, FaultPoint at, int nth, bool onePhase)
    {
        int passed = 0;
        using FileStore store = await FileStore.OpenAsync(new FileStoreOptions
        {
            Root = root,
            StateFolder = state,
            Fault = point =>
            {
                if (point == at && ++passed == nth)
                {
                    _ = ChildProgram.kill(Environment.ProcessId, SigKill);
                }
            },
        });
        store.Begin(Action, Workbench.Branch());
        await WorkAsync(store);
        if (onePhase)
        {
            store.CommitOnePhase(Action, Workbench.Branch(), Workbench.Manager);
            return;
        }

        store.Prepare(Action, Workbench.Branch(), Workbench.Manager);
        Console.WriteLine("ready");
        store.Commit(Action, Workbench.Branch(), Workbench.Manager);
    }

    internal static async Task WorkAsync(FileStore store)
    {
        foreach ((string path, string content) in After.Where(file => file.Key != "other.txt"))
        {
            await AskAsync(store, path, new ReplaceFile(Encoding.UTF8.GetBytes(content)));
        }

        await AskAsync(store, "gone.txt", new DeleteFile());
    }

    private static async Task AskAsync(FileStore store, string path, FileOperation operation)
    {
        FilesMessage answer = await store.ServeAsync(new FilesRequest(1, Action, store.Incarnation, path, operation));
        Assert.IsType<FilesReply>(answer);
    }

    private static string Fill(char letter, int count) => string.Concat(
        Enumerable.Range(0, count).Select(i => i % 50 == 49 ? '\n' : i % 7 == 3 ? (char)('0' + (i / 7 % 10)) : letter));
}
