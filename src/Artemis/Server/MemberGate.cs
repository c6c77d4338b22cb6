using System.Net.Sockets;

namespace Ccr.Artemis;

/// <summary>The socket where jackets connect, and the one program that the group has.</summary>
internal sealed class MemberGate : IAsyncDisposable
{
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly CheckpointServerOptions _options;
    private readonly GroupStore _store;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private MemberConnection? _member;
    private PendingRestore? _restore;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal MemberGate(CheckpointServerOptions options, GroupStore store)
    {
        _options = options;
        _store = store;
        string path = options.Folder.Socket;
        File.Delete(path); // the group is ours: a socket that is there has no owner any more
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        _socket.Listen(16);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The program, or null; one that has not had its WELCOME yet expects nothing else.</summary>
    internal MemberConnection? Member
    {
        get
        {
            lock (_lock)
            {
                return _member is { IsPresent: true, IsLost: false } ? _member : null;
            }
        }
    }

    /// <summary>Ends when a program is connected.</summary>
    internal Task Arrived
    {
        get
        {
            lock (_lock)
            {
                return _member is { IsPresent: true, IsLost: false } ? Task.CompletedTask : _arrived.Task;
            }
        }
    }

    /// <summary>The program; one that is alive and not connected is asked to connect again.</summary>
    /// <exception cref="CheckpointFailedException">There is none.</exception>
    internal async Task<MemberConnection> MemberAsync(CancellationToken cancellation)
    {
        DateTimeOffset until = _options.Time.GetUtcNow() + _options.MemberPatience;
        while (true)
        {
            if (Member is { } member)
            {
                return member;
            }

            int pid = _options.Folder.Member ?? throw new CheckpointFailedException(
                $"No program of the group '{_options.Folder.Name}' runs: start one with run, or restart it.");
            if (_options.Time.GetUtcNow() >= until)
            {
                throw new CheckpointFailedException(
                    $"The program {pid} of the group '{_options.Folder.Name}' is alive, but does not connect: it may "
                    + "have executed a program that cannot wear the jacket.");
            }

            JacketSignal.Send(pid);
            await Task.WhenAny(Arrived, Task.Delay(Look, _options.Time, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Whether a connection has ended and its process has not: it has executed another program.</summary>
    internal bool MayConnectAgain(MemberConnection member) => member.IsLost && _options.Folder.Member == member.Pid;

    /// <summary>A program that a server before this one left alive connects again.</summary>
    internal void CallSurvivor()
    {
        if (_options.Folder.Member is { } pid)
        {
            JacketSignal.Send(pid);
        }
    }

    /// <summary>The next program that says MODE_RESTORE gets this plan.</summary>
    internal PendingRestore Expect(string plan, CheckpointImage image)
    {
        lock (_lock)
        {
            return _restore = new PendingRestore(plan, image);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
        lock (_lock)
        {
            _member?.Dispose();
        }

        _stopping.Dispose();
        File.Delete(_options.Folder.Socket);
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _socket.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                _ = Task.Run(() => MeetAsync(socket));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                _options.Log($"A program could not connect: {e.Message}");
            }
        }
    }

    private async Task MeetAsync(Socket socket)
    {
        MemberConnection? member = null;
        try
        {
            using CancellationTokenSource limit = new(HelloPatience, _options.Time);
            member = await MemberConnection.MeetAsync(socket, limit.Token).ConfigureAwait(false);
            await (member switch
            {
                { Hello.Head.Version: not WireWords.Version } => member.RefuseAsync(
                    $"The jacket speaks version {member.Hello.Head.Version}, this server {WireWords.Version}."),
                { Hello.Mode: HelloMode.Restore } => RestoreAsync(member),
                _ => WelcomeAsync(member),
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException
            or OperationCanceledException)
        {
            _options.Log($"A program connected and was not taken: {e.Message}");
            member?.Dispose(); // it may be the group's program already: who waits for it is told
            socket.Dispose();
        }
    }

    private async Task WelcomeAsync(MemberConnection member)
    {
        string? why = TryTake(member, () =>
        {
            if (member.Hello.Mode == HelloMode.Run)
            {
                _store.Forget();
            }
            else
            {
                GoOn((long)member.Hello.Head.LastNumber);
            }
        });
        if (why is not null)
        {
            await member.RefuseAsync(why).ConfigureAwait(false);
            return;
        }

        await member.SendAsync(Frame.Of(FrameType.Welcome, new WelcomeBody { Version = WireWords.Version }))
            .ConfigureAwait(false);
        Present(member);
    }

    private async Task RestoreAsync(MemberConnection member)
    {
        PendingRestore? restore;
        lock (_lock)
        {
            restore = _restore;
            _restore = null;
        }

        if (restore is null)
        {
            await member.RefuseAsync("No restart of this group is under way.").ConfigureAwait(false);
            return;
        }

        // Once it has its plan it may run and be seen to run, before its word that it does is read here.
        _options.Folder.NoteMember(member.Pid);
        await member.SendAsync(Frame.Octets(
            FrameType.Restore, System.Text.Encoding.UTF8.GetBytes(restore.Plan + "\0"))).ConfigureAwait(false);
        member.Receive();
        try
        {
            Frame answer = await member.NextAsync(_stopping.Token).ConfigureAwait(false);
            if (answer.Type != FrameType.Restored)
            {
                throw new IOException($"The program answered its plan with {answer.Type}. {answer.ProgressText}");
            }

            TryTake(member, () => _store.Continue(restore.Image));
            Present(member);
            restore.Restored.TrySetResult(answer.Progress);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            restore.Restored.TrySetException(new CheckpointFailedException(
                $"The program could not be built anew: {e.Message}", e));
        }
    }

    /// <summary>Null, or why it cannot be the group's program.</summary>
    private string? TryTake(MemberConnection member, Action taken)
    {
        lock (_lock)
        {
            if (_member is { IsLost: false } && _member.Pid != member.Pid && _options.Folder.Member == _member.Pid)
            {
                return $"Process {_member.Pid} is the program of the group '{_options.Folder.Name}'; this one is "
                    + "another, and runs without checkpoints.";
            }

            if (_member?.Pid == member.Pid && member.Hello.Mode == HelloMode.Run)
            {
                LaunchRecord.Rewrite(_options.Folder.LaunchRecord, member.Hello); // it has become another program
            }

            _member?.Dispose();
            _member = member;
            _options.Folder.NoteMember(member.Pid);
            taken();
            return null;
        }
    }

    private void Present(MemberConnection member)
    {
        if (member.Hello.Mode != HelloMode.Restore)
        {
            member.Receive();
        }

        TaskCompletionSource arrived;
        lock (_lock)
        {
            member.IsPresent = true;
            arrived = _arrived;
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        arrived.TrySetResult();
    }

    /// <summary>
    /// The program has connected again: its pages go on where the last stored checkpoint left them, or not.
    /// </summary>
    private void GoOn(long lastNumber)
    {
        if (lastNumber != 0 && _store.Live?.Number == lastNumber)
        {
            return;
        }

        _store.Forget();
        if (lastNumber != 0 && _store.Read(state => state[lastNumber]) is not null)
        {
            try
            {
                _store.Continue(_store.Segments.ImageOf(lastNumber));
            }
            catch (InvalidDataException e)
            {
                _options.Log($"The next checkpoint is full: {e.Message}");
            }
        }
    }

    /// <summary>A restart under way.</summary>
    internal sealed class PendingRestore(string plan, CheckpointImage image)
    {
        internal string Plan { get; } = plan;

        internal CheckpointImage Image { get; } = image;

        internal TaskCompletionSource<ProgressBody> Restored { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
