using System.Net;
using System.Net.Sockets;

namespace Ccr.Xa.Tests;

/// <summary>
/// A TCP port in front of a cluster's Unix socket, for one connection, that loses answers when told to.
/// </summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _both;
    private Socket? _client;
    private volatile bool _swallows;
    private long _answerOctets;

    internal Wire(string folder, int port)
    {
        _listener.Start();
        _both = RunAsync(new UnixDomainSocketEndPoint(Path.Combine(folder, $".s.PGSQL.{port}")));
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Octets of the server's that were passed on.</summary>
    internal long AnswerOctets => Interlocked.Read(ref _answerOctets);

    /// <summary>From now on the server's answers do not arrive.</summary>
    internal void SwallowAnswers() => _swallows = true;

    /// <summary>Ends the client's side; the server learns of it when it next reads.</summary>
    internal void Cut()
    {
        _client?.Close();
        _server.Shutdown(SocketShutdown.Send);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Close();
        _server.Close();
        _listener.Stop();
        await _both;
    }

    private async Task RunAsync(EndPoint place)
    {
        try
        {
            _client = await _listener.AcceptSocketAsync();
            await _server.ConnectAsync(place);
            await Task.WhenAll(CopyAsync(_client, _server, false), CopyAsync(_server, _client, true));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nobody came, or the wire was cut.
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool areAnswers)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                if (!areAnswers || !_swallows)
                {
                    await to.SendAsync(buffer.AsMemory(0, read));
                    Interlocked.Add(ref _answerOctets, areAnswers ? read : 0);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The wire was cut.
        }
    }
}
