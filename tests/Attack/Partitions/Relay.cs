using System.Net;
using System.Net.Sockets;

namespace Ccr.Attack;

/// <summary>What a relay does to the octets that it carries.</summary>
internal sealed class RelayFaults
{
    private readonly Lock _lock = new();
    private readonly Random _random;
    private int _delayMsMax;

    public RelayFaults(int seed) => _random = new Random(seed);

    /// <summary>Each piece waits up to so long, on each connection apart: so connections overtake each other.</summary>
    public int DelayMsMax
    {
        get => Volatile.Read(ref _delayMsMax);
        set => Volatile.Write(ref _delayMsMax, value);
    }

    public TimeSpan NextDelay()
    {
        lock (_lock)
        {
            return TimeSpan.FromMilliseconds(_random.Next(DelayMsMax + 1));
        }
    }
}

/// <summary>
/// Carries TCP connections from a listener in one namespace to an address as another one sees it. A reset on one side
/// is a reset on the other, an end an end.
/// </summary>
internal sealed class Relay : IDisposable
{
    private const int PieceOctets = 64 << 10;

    private readonly Socket _listener;
    private readonly Func<Socket> _newSocket;
    private readonly IPEndPoint _target;
    private readonly RelayFaults _faults;
    private readonly HashSet<Socket> _open = [];
    private bool _disposed;

    public Relay(Socket listener, IPEndPoint at, Func<Socket> newSocket, IPEndPoint target, RelayFaults faults)
    {
        _listener = listener;
        _newSocket = newSocket;
        _target = target;
        _faults = faults;
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(at);
        listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>Ends one direction of every connection: the sender sees nothing of it.</summary>
    public void HalfClose()
    {
        lock (_open)
        {
            foreach (Socket socket in _open)
            {
                Quietly(() => socket.Shutdown(SocketShutdown.Send));
            }
        }
    }

    public void Dispose()
    {
        lock (_open)
        {
            _disposed = true;
            foreach (Socket socket in _open)
            {
                socket.Close(0);
            }
        }

        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await _listener.AcceptAsync();
            }
            catch (SocketException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            accepted.NoDelay = true;
            _ = CarryAsync(accepted);
        }
    }

    private async Task CarryAsync(Socket accepted)
    {
        Socket dialled = _newSocket();
        try
        {
            Note(accepted);
            await dialled.ConnectAsync(_target);
            Note(dialled);
            await Task.WhenAll(PumpAsync(accepted, dialled), PumpAsync(dialled, accepted));
            accepted.Close();
            dialled.Close();
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            accepted.Close(0);
            dialled.Close(0);
        }
        finally
        {
            lock (_open)
            {
                _open.Remove(accepted);
                _open.Remove(dialled);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        byte[] piece = new byte[PieceOctets];
        try
        {
            while (true)
            {
                int read = await from.ReceiveAsync(piece);
                if (_faults.DelayMsMax > 0)
                {
                    await Until.PassedAsync(_faults.NextDelay());
                }

                if (read == 0)
                {
                    Quietly(() => to.Shutdown(SocketShutdown.Send));
                    return;
                }

                for (int sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(piece.AsMemory(sent, read - sent));
                }
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            from.Close(0);
            to.Close(0);
        }
    }

    private void Note(Socket socket)
    {
        lock (_open)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _open.Add(socket);
        }
    }

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return; // it has ended already, which is what was wanted
        }
    }
}
