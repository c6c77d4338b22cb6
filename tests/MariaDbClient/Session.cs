using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Ccr.MariaDbClient;

/// <summary>One socket to the server: packets, the handshake (protocol 10), COM_QUERY.</summary>
internal sealed class Session : IDisposable
{
    private const uint Capabilities = 0x00000001 | 0x00000004 | 0x00000200 | 0x00002000 | 0x00008000 | 0x00010000
        | 0x00020000 | 0x00080000; // long password and flag, 4.1, transactions, secure, multi, multi results, plug-in
    private const uint WithDatabase = 0x00000008;
    private const int InTransaction = 1;
    private const int HeadOctets = 4;

    private readonly Socket _socket;
    private byte[] _in = new byte[16 * 1024];
    private int _from, _to;
    private byte[] _out = new byte[4 * 1024];
    private byte _sequence;

    private Session(Socket socket) => _socket = socket;

    public int ServerThread { get; private set; }

    public string ServerVersion { get; private set; } = "";

    public bool IsBroken { get; private set; }

    public int Status { get; set; }

    public bool IsInTransaction => (Status & InTransaction) != 0;

    /// <summary>False when the server has closed an idle session.</summary>
    public bool IsUsable => !IsBroken && !_socket.Poll(0, SelectMode.SelectRead);

    public static async ValueTask<Session> OpenAsync(Settings settings, bool isAsync, CancellationToken cancel)
    {
        EndPoint place = settings.Socket.Length > 0
            ? new UnixDomainSocketEndPoint(settings.Socket)
            : new IPEndPoint(IPAddress.Parse(settings.Server), settings.Port);
        Socket socket = new(
            place.AddressFamily, SocketType.Stream,
            settings.Socket.Length > 0 ? ProtocolType.Unspecified : ProtocolType.Tcp);
        Session session = new(socket);
        try
        {
            if (place is IPEndPoint)
            {
                socket.NoDelay = true;
            }

            if (isAsync)
            {
                await socket.ConnectAsync(place, cancel).ConfigureAwait(false);
            }
            else
            {
                socket.Connect(place);
            }

            await session.ShakeHandsAsync(settings, isAsync, cancel).ConfigureAwait(false);
            return session;
        }
        catch (SocketException e)
        {
            session.Dispose();
            throw new MariaDbException($"No connection to {settings.Place}: {e.Message}", e);
        }
        catch (Exception)
        {
            session.Dispose();
            throw;
        }
    }

    public async ValueTask QueryAsync(string text, bool isAsync, CancellationToken cancel)
    {
        int most = HeadOctets + 1 + Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_out.Length < most)
        {
            _out = new byte[most];
        }

        _sequence = 0;
        _out[HeadOctets] = 3; // COM_QUERY
        int octets = Encoding.UTF8.GetBytes(text, _out.AsSpan(HeadOctets + 1)) + 1;
        await SendAsync(octets, isAsync, cancel).ConfigureAwait(false);
    }

    /// <summary>The next packet; valid until the next call. An error packet is thrown.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(bool isAsync, CancellationToken cancel)
    {
        await FillAsync(HeadOctets, isAsync, cancel).ConfigureAwait(false);
        int length = _in[_from] | (_in[_from + 1] << 8) | (_in[_from + 2] << 16);
        _sequence = (byte)(_in[_from + 3] + 1);
        await FillAsync(HeadOctets + length, isAsync, cancel).ConfigureAwait(false);
        ReadOnlyMemory<byte> packet = _in.AsMemory(_from + HeadOctets, length);
        _from += HeadOctets + length;
        return length > 0 && packet.Span[0] == 0xFF ? throw ErrorOf(packet.Span) : packet;
    }

    public void Break()
    {
        IsBroken = true;
        _socket.Dispose();
    }

    public void Dispose() => Break();

    private static MariaDbException ErrorOf(ReadOnlySpan<byte> packet)
    {
        int number = BinaryPrimitives.ReadUInt16LittleEndian(packet[1..]);
        bool hasState = packet.Length > 9 && packet[3] == '#';
        string state = hasState ? Encoding.ASCII.GetString(packet.Slice(4, 5)) : "HY000";
        return new MariaDbException(number, state, Encoding.UTF8.GetString(packet[(hasState ? 9 : 3)..]));
    }

    private async ValueTask ShakeHandsAsync(Settings settings, bool isAsync, CancellationToken cancel)
    {
        byte[] hello = (await ReadAsync(isAsync, cancel).ConfigureAwait(false)).ToArray();
        int at = Array.IndexOf<byte>(hello, 0, 1);
        ServerVersion = Encoding.ASCII.GetString(hello, 1, at - 1);
        ServerThread = (int)BinaryPrimitives.ReadUInt32LittleEndian(hello.AsSpan(at + 1));
        byte[] salt = [.. hello.AsSpan(at + 5, 8), .. hello.AsSpan(at + 5 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10, 12)];
        int octets = WriteAnswer(settings, Scramble(settings.Password, salt));
        await SendAsync(octets, isAsync, cancel).ConfigureAwait(false);
        ReadOnlyMemory<byte> answer = await ReadAsync(isAsync, cancel).ConfigureAwait(false);
        if (answer.Span[0] == 0xFE) // another plug-in is asked for: only mysql_native_password is known here
        {
            int end = answer.Span.IndexOf((byte)0);
            byte[] scrambled = Scramble(settings.Password, answer.Span.Slice(end + 1, 20));
            scrambled.CopyTo(_out, HeadOctets);
            await SendAsync(scrambled.Length, isAsync, cancel).ConfigureAwait(false);
            await ReadAsync(isAsync, cancel).ConfigureAwait(false);
        }
    }

    private int WriteAnswer(Settings settings, byte[] scrambled)
    {
        MemoryStream answer = new();
        Span<byte> head = stackalloc byte[32];
        head.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, Capabilities | (settings.Database.Length > 0 ? WithDatabase
            : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], 1 << 24);
        head[8] = 45; // utf8mb4
        answer.Write(head);
        answer.Write(Encoding.UTF8.GetBytes(settings.User + "\0"));
        answer.WriteByte((byte)scrambled.Length);
        answer.Write(scrambled);
        if (settings.Database.Length > 0)
        {
            answer.Write(Encoding.UTF8.GetBytes(settings.Database + "\0"));
        }

        answer.Write("mysql_native_password\0"u8);
        answer.ToArray().CopyTo(_out, HeadOctets);
        return (int)answer.Length;
    }

    // The protocol's own hash: SHA1(password) XOR SHA1(salt, SHA1(SHA1(password))).
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "mysql_native_password")]
    private static byte[] Scramble(string password, ReadOnlySpan<byte> salt)
    {
        if (password.Length == 0)
        {
            return [];
        }

        byte[] once = SHA1.HashData(Encoding.UTF8.GetBytes(password));
        byte[] mixed = SHA1.HashData([.. salt, .. SHA1.HashData(once)]);
        return once.Zip(mixed, static (a, b) => (byte)(a ^ b)).ToArray();
    }

    private async ValueTask SendAsync(int octets, bool isAsync, CancellationToken cancel)
    {
        _out[0] = (byte)octets;
        _out[1] = (byte)(octets >> 8);
        _out[2] = (byte)(octets >> 16);
        _out[3] = _sequence++;
        try
        {
            for (int sent = 0; sent < HeadOctets + octets;)
            {
                ReadOnlyMemory<byte> rest = _out.AsMemory(sent, HeadOctets + octets - sent);
                sent += isAsync
                    ? await _socket.SendAsync(rest, cancel).ConfigureAwait(false)
                    : _socket.Send(rest.Span);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Break();
            throw new MariaDbException($"The connection to the server was lost: {e.Message}", e);
        }
        catch (OperationCanceledException)
        {
            Break();
            throw;
        }
    }

    private async ValueTask FillAsync(int octets, bool isAsync, CancellationToken cancel)
    {
        try
        {
            while (_to - _from < octets)
            {
                MakeRoom(octets);
                Memory<byte> free = _in.AsMemory(_to);
                int read = isAsync
                    ? await _socket.ReceiveAsync(free, cancel).ConfigureAwait(false)
                    : _socket.Receive(free.Span);
                if (read == 0)
                {
                    throw new SocketException((int)SocketError.ConnectionReset);
                }

                _to += read;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Break();
            throw new MariaDbException($"The connection to the server was lost: {e.Message}", e);
        }
        catch (OperationCanceledException)
        {
            Break();
            throw;
        }
    }

    private void MakeRoom(int octets)
    {
        if (_from == _to)
        {
            _from = _to = 0;
        }

        if (_in.Length - _from >= octets && _to < _in.Length)
        {
            return;
        }

        byte[] into = _in.Length >= octets ? _in : new byte[octets * 2];
        Buffer.BlockCopy(_in, _from, into, 0, _to - _from);
        (_in, _to, _from) = (into, _to - _from, 0);
    }
}
