using System.Net;
using Ccr.AtomicActionLog;
using Ccr.Protocol;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager;

/// <summary>Checks the options before anything is opened; each failure is a sentence that says what to do.</summary>
public sealed class CcrManagerOptionsValidator : IValidateOptions<CcrManagerOptions>
{
    /// <summary>The most lanes that an association's number can tell apart (asn1/CCR-Link.asn1).</summary>
    public const int LanesMax = 256;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CcrManagerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> wrong = [.. Check(options)];
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Check(CcrManagerOptions options)
    {
        if (!NodeName.TryParse(options.Node, out NodeName self))
        {
            yield return options.Node.Length == 0
                ? "The node has no name: give it one with --node NAME (1 to 24 characters of a-z, 0-9 and '-')."
                : $"'{options.Node}' is not a node name: use 1 to {Limits.NodeNameOctetsMax} characters of a-z, "
                + "0-9 and '-'.";
        }

        if (string.IsNullOrWhiteSpace(options.Data))
        {
            yield return "The node has no data directory: name one with --data DIRECTORY.";
        }

        if (ListenObjection(options.Listen) is string objection)
        {
            yield return objection;
        }

        if (options.Lanes is < 0 or > LanesMax)
        {
            yield return $"{options.Lanes} lanes cannot be: use 1 to {LanesMax}, or 0 for one each processor.";
        }

        foreach ((string name, string address) in options.Peers)
        {
            if (!NodeName.TryParse(name, out NodeName node) || !address.Contains(':', StringComparison.Ordinal))
            {
                yield return $"'{name}={address}' is no peer: write NAME=HOST:PORT, for example osaka=127.0.0.1:7002.";
            }
            else if (node == self)
            {
                yield return $"The peer '{name}={address}' has this node's own name: a node is not its own peer.";
            }
        }

        foreach (string sentence in CheckNumbers(options))
        {
            yield return sentence;
        }
    }

    private static IEnumerable<string> CheckNumbers(CcrManagerOptions options)
    {
        if (options.LogLimitBytes < LogOptions.LimitBytesMin)
        {
            yield return $"A log limit of {options.LogLimitBytes} octets is too small: allow at least "
                + $"{LogOptions.LimitBytesMin}.";
        }

        (string Name, long Value)[] times =
        [
            (nameof(options.ActionTimeoutMs), options.ActionTimeoutMs),
            (nameof(options.BeginTimeoutMs), options.BeginTimeoutMs),
            (nameof(options.VoteTimeoutMs), options.VoteTimeoutMs),
            (nameof(options.OwnerTimeoutMs), options.OwnerTimeoutMs),
            (nameof(options.RecoverBackoffMsMin), options.RecoverBackoffMsMin),
            (nameof(options.RecoverBackoffMsMax), options.RecoverBackoffMsMax),
            (nameof(options.HelloTimeoutMs), options.HelloTimeoutMs),
            (nameof(options.OpenTimeoutMs), options.OpenTimeoutMs),
            (nameof(options.LocateTimeoutMs), options.LocateTimeoutMs),
            (nameof(options.ConnectTimeoutMs), options.ConnectTimeoutMs),
            (nameof(options.ConnectRetryDelayMs), options.ConnectRetryDelayMs),
            (nameof(options.ReconnectMsMax), options.ReconnectMsMax),
            (nameof(options.PingIntervalMs), options.PingIntervalMs),
            (nameof(options.TraceTimeoutMs), options.TraceTimeoutMs),
        ];
        foreach ((string name, long value) in times)
        {
            if (value <= 0)
            {
                yield return $"{name} is {value}: it must be more than 0 milliseconds.";
            }
        }

        if (options.PingTimeoutMs <= options.PingIntervalMs)
        {
            yield return $"PingTimeoutMs ({options.PingTimeoutMs}) must be more than PingIntervalMs "
                + $"({options.PingIntervalMs}).";
        }
    }

    private static string? ListenObjection(string listen)
    {
        FrameAddress address;
        try
        {
            address = FrameAddress.Parse("tcp:" + listen);
        }
        catch (FormatException)
        {
            return $"'{listen}' is no address to listen on: write HOST:PORT, for example 127.0.0.1:7001.";
        }

        bool loopback = address.Host == "localhost"
            || (IPAddress.TryParse(address.Host, out IPAddress? host) && IPAddress.IsLoopback(host));
        return loopback
            ? null
            : $"Will not listen on {listen}: what goes between nodes is not encrypted yet and proves no "
            + "identity, so only loopback may be listened on (127.0.0.1 or [::1]) until mutual TLS is there.";
    }
}
