using Ccr.Protocol.Names;

namespace Ccr.Services.Hosting;

/// <summary>A peer as a user writes it: NAME=HOST:PORT.</summary>
public static class PeerArgument
{
    /// <summary>Reads one.</summary>
    /// <exception cref="ArgumentException">It is none; the message says what one looks like.</exception>
    public static (string Node, string Address) Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string address = text[(equals + 1)..];
        int colon = address.LastIndexOf(':');
        bool shaped = equals > 0 && NodeName.TryParse(text[..equals], out _)
            && colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), out ushort port) && port > 0;
        return shaped
            ? (text[..equals], address)
            : throw new ArgumentException(
                $"'{text}' is no peer: write NAME=HOST:PORT, for example osaka=127.0.0.1:7402.");
    }
}
