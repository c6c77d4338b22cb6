using System.Net.Sockets;

namespace Ccr.SystemTransactions.Tests;

/// <summary>Stands between a Client and its manager, and can keep back what the manager says.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly string _manager;
    private readonly Socket _listener = NewSocket();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Socket> _open = [];
    private readonly List<(Socket To, byte[] Bytes)> _held = [];
    private readonly TaskCompletionSource _kept = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private volatile bool _keeps;
    private volatile bool _isCut;

    public Wire(string manager)
    {
        _manager = manager;
        Path = manager + ".wire";
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the Client connects.</summary>
    public string Path { get; }

    /// <summary>Ends when the manager has said something that was kept back.</summary>
    public Task Kept => _kept.Task;

    /// <summary>From now on the Client hears nothing.</summary>
    public void KeepBack() => _keeps = true;

    /// <summary>Hands on what was kept back; nothing more is.</summary>
    public void Release()
    {
        lock (_held)
        {
            _keeps = false;
            _held.ForEach(h => h.To.Send(h.Bytes));
            _held.Clear();
        }
    }

    /// <summary>Ends the sessions; whoever connects is put off.</summary>
    public void Cut()
    {
        _isCut = true;
        lock (_open)
        {
            _open.ForEach(s => s.Dispose());
            _open.Clear();
        }
    }

    /// <summary>All is as before.</summary>
    public void Mend() => _keeps = _isCut = false;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Cut();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(_stopping.Token);
                if (_isCut)
                {
                    client.Dispose();
                    continue;
                }

                Socket manager = NewSocket();
                await manager.ConnectAsync(new UnixDomainSocketEndPoint(_manager));
                lock (_open)
                {
                    _open.AddRange([client, manager]);
                }

                _ = PumpAsync(client, manager, isAnswer: false);
                _ = PumpAsync(manager, client, isAnswer: true);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            Cut(); // the end of the test
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
            {
                if (isAnswer && IsHeld(to, buffer.AsSpan(0, count)))
                {
                    _kept.TrySetResult();
                    continue;
                }

                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            from.Dispose();
        }

        to.Dispose();
    }

    private bool IsHeld(Socket to, ReadOnlySpan<byte> bytes)
    {
        lock (_held)
        {
            if (_keeps)
            {
                _held.Add((to, bytes.ToArray()));
            }

            return _keeps;
        }
    }
}
