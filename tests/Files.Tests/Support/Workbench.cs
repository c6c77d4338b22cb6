using System.Text;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Tests.Support;

/// <summary>A root, a state folder, and a store on them that can be closed and opened again.</summary>
internal sealed class Workbench : IDisposable
{
    private readonly string _folder;
    private ulong _counter;

    internal Workbench(string? below = null)
    {
        _folder = below is null
            ? Directory.CreateTempSubdirectory("ccr-files-").FullName
            : Path.Combine(below, "bench");
        Directory.CreateDirectory(Root);
    }

    internal static ManagerIdentity Manager { get; } = new(NodeName.Parse("osaka"), new LogIdentity(7), 3);

    internal string Root => Path.Combine(_folder, "root");

    internal string State => Path.Combine(_folder, "state");

    internal FileStore Store { get; private set; } = null!;

    internal FakeTime Time { get; } = new();

    internal List<string> Warnings { get; } = [];

    internal List<string> Failures { get; } = [];

    /// <summary>Called at every fault point; throws to make a write fail.</summary>
    internal Action<FaultPoint> Fault { get; set; } = _ => { };

    internal string this[string path]
    {
        get
        {
            using SafeFileHandle file = Open(path, Libc.O_RDONLY);
            return Encoding.UTF8.GetString(Disk.ReadAll(file));
        }

        set
        {
            using SafeFileHandle file = Open(path, Libc.O_RDWR | Libc.O_CREAT);
            Disk.SetLength(file, 0);
            Disk.WriteAt(file, 0, Encoding.UTF8.GetBytes(value));
        }
    }

    /// <summary>As a program that looks at no lock: the base library's own file calls respect flock.</summary>
    internal SafeFileHandle Open(string path, int flags)
    {
        int fd = Libc.openat(Libc.AT_FDCWD, Path.Combine(Root, path), flags | Libc.O_CLOEXEC, 0x1A4);
        Assert.True(fd >= 0, $"{path}: error {Libc.LastError}");
        return Disk.Own(fd);
    }

    internal bool Has(string path) => File.Exists(Path.Combine(Root, path));

    internal string[] StateFiles(string prefix) =>
        [.. Directory.GetFiles(State, prefix + "*").Select(path => Path.GetFileName(path))];

    internal async Task<Workbench> OpenAsync(int waitLimitMs = 2_000, long storeOctetsMax = FileLimits.StoreOctetsMax)
    {
        Store = await FileStore.OpenAsync(new FileStoreOptions
        {
            Root = Root,
            StateFolder = State,
            WaitLimitMs = waitLimitMs,
            StoreOctetsMax = storeOctetsMax,
            Time = Time,
            Random = new Random(5),
            Warn = Warnings.Add,
            Failed = Failures.Add,
            Fault = point => Fault(point),
        });
        return this;
    }

    internal Task<Workbench> ReopenAsync()
    {
        Store.Dispose();
        return OpenAsync();
    }

    internal AtomicActionId NewAction() => new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(1, ++_counter));

    internal static BranchId Branch(long number = 1) =>
        new(AeTitle.Of(NodeName.Parse("osaka")), Suffix.OfInteger(number));

    /// <summary>A new action with one branch begun.</summary>
    internal AtomicActionId Begin()
    {
        AtomicActionId action = NewAction();
        Assert.Equal(AnswerKind.Begun, Store.Begin(action, Branch()).Kind);
        return action;
    }

    internal Task<FilesMessage> Ask(AtomicActionId action, string path, FileOperation operation) =>
        Store.ServeAsync(new FilesRequest(1, action, Store.Incarnation, path, operation)).AsTask();

    internal async Task<FilesReply> Do(AtomicActionId action, string path, FileOperation operation)
    {
        FilesMessage answer = await Ask(action, path, operation);
        return answer as FilesReply ?? throw new InvalidOperationException(answer.ToString());
    }

    internal async Task<Refusal> Refused(AtomicActionId action, string path, FileOperation operation) =>
        Assert.IsType<FilesRefused>(await Ask(action, path, operation)).Refusal;

    internal Task<FilesReply> Replace(AtomicActionId action, string path, string content) =>
        Do(action, path, new ReplaceFile(Encoding.UTF8.GetBytes(content)));

    internal async Task<string?> Read(AtomicActionId action, string path, bool forUpdate = false)
    {
        FilesReply reply = await Do(action, path, new ReadFile(forUpdate, 0, 1 << 20));
        return reply.Exists ? Encoding.UTF8.GetString(reply.Content.Span) : null;
    }

    internal BranchAnswer Prepare(AtomicActionId action, long branch = 1) =>
        Store.Prepare(action, Branch(branch), Manager);

    internal BranchAnswer Commit(AtomicActionId action, long branch = 1) =>
        Store.Commit(action, Branch(branch), Manager);

    internal BranchAnswer Rollback(AtomicActionId action, long branch = 1) =>
        Store.Rollback(action, Branch(branch), Manager);

    public void Dispose()
    {
        Store?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
