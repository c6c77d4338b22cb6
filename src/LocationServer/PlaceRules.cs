using System.Text;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer;

/// <summary>What a place must look like, whoever states it.</summary>
internal static class PlaceRules
{
    /// <summary>Says what a Server's name is.</summary>
    public static Refusal NoServerName { get; } =
        Wrong($"A Server's name has 1 to {Limits.ServerNameOctetsMax} octets.");

    /// <summary>Null when the place may stand for a Server of <paramref name="node"/>; else why not.</summary>
    public static Refusal? Check(Place place, NodeName node)
    {
        if (!IsServerName(place.Server))
        {
            return NoServerName;
        }

        if (place.Node != node)
        {
            return new Refusal(
                RefusalCode.NotPermitted,
                $"Server '{place.Server}' claims to be at '{place.Node}', but this is {node}: "
                + "a Server registers with its own node's Location Server.");
        }

        if (Encoding.UTF8.GetByteCount(place.Kind) > Limits.ServerNameOctetsMax)
        {
            return Wrong($"The kind of a Server has at most {Limits.ServerNameOctetsMax} octets.");
        }

        if (place.Incarnation < 1)
        {
            return Wrong("A Server's incarnation is 1 or more: it counts the Server's starts.");
        }

        return CheckAddresses(place.Addresses);
    }

    /// <summary>True when a text can be a Server's name.</summary>
    public static bool IsServerName(string server) =>
        server.Length > 0 && Encoding.UTF8.GetByteCount(server) <= Limits.ServerNameOctetsMax;

    private static Refusal? CheckAddresses(IReadOnlyList<string> addresses)
    {
        if (addresses.Count > Limits.AddressesPerPlaceMax)
        {
            return Wrong($"A Server states at most {Limits.AddressesPerPlaceMax} addresses.");
        }

        foreach (string address in addresses)
        {
            bool known = address.StartsWith("unix:", StringComparison.Ordinal)
                || address.StartsWith("tcp:", StringComparison.Ordinal);
            if (!known || Encoding.UTF8.GetByteCount(address) > Limits.AddressOctetsMax)
            {
                return Wrong(
                    "A Server's address is unix:PATH or tcp:HOST:PORT and has at most "
                    + $"{Limits.AddressOctetsMax} octets.");
            }
        }

        return null;
    }

    private static Refusal Wrong(string text) => new(RefusalCode.ProtocolError, text);
}
