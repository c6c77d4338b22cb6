using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ccr.Protocol.Messages;

namespace Ccr.CcrManager;

/// <summary>
/// Points at which the process kills itself, for the demo and for tests of recovery. Set by the environment variable
/// <c>CCR_FAILPOINT</c>, a list parted by commas of <c>POINT:KIND[@N]</c>: at the N-th (1 unless told) time that
/// <list type="bullet">
/// <item><c>before-force:KIND</c> a record of that kind is about to be given to the log;</item>
/// <item><c>after-force:KIND</c> a record of that kind was forced, before anything that waited for it has left;</item>
/// <item><c>after-send:KIND</c> a message of that kind was given to the socket.</item>
/// </list>
/// Kinds are written as in the ASN.1 modules: <c>log-ready</c>, <c>log-commit</c>, <c>forget</c>;
/// <c>C-READY-RI</c>, <c>C-COMMIT-RI</c>; <c>done-commit</c>, <c>trans-open-ack</c>, <c>commit</c>.
/// The process ends as by <c>kill -9</c>: nothing is flushed, closed or said.
/// </summary>
internal sealed class Failpoints
{
    /// <summary>The name of the environment variable.</summary>
    public const string Variable = "CCR_FAILPOINT";

    private readonly Dictionary<string, int> _remaining = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Action _kill;

    private Failpoints(Action kill) => _kill = kill;

    /// <summary>No point is set.</summary>
    public static Failpoints None { get; } = new(() => { });

    /// <summary>True when a point is set.</summary>
    public bool Active => _remaining.Count > 0;

    /// <summary>Reads the environment.</summary>
    public static Failpoints FromEnvironment() =>
        Parse(Environment.GetEnvironmentVariable(Variable), static () => Process.GetCurrentProcess().Kill());

    /// <summary>Reads a list of points.</summary>
    /// <exception cref="FormatException">It is none; the message says what one looks like.</exception>
    public static Failpoints Parse(string? text, Action kill)
    {
        Failpoints points = new(kill);
        const StringSplitOptions Parts = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        foreach (string part in (text ?? "").Split(',', Parts))
        {
            int at = part.LastIndexOf('@');
            int count = 1;
            bool counted = at < 0 || int.TryParse(
                part.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count);
            string point = at < 0 ? part : part[..at];
            bool named = point.StartsWith("before-force:", StringComparison.Ordinal)
                || point.StartsWith("after-force:", StringComparison.Ordinal)
                || point.StartsWith("after-send:", StringComparison.Ordinal);
            if (!named || !counted || count < 1)
            {
                throw new FormatException(
                    $"{Variable}: '{part}' is no failpoint: write before-force:KIND, after-force:KIND or "
                    + "after-send:KIND, with @N for the N-th time.");
            }

            points._remaining[point] = count;
        }

        return points;
    }

    /// <summary>A record is about to be given to the log.</summary>
    public void BeforeForce(LogContent content) => Passed("before-force:" + KindOf(content));

    /// <summary>A record was forced.</summary>
    public void AfterForce(LogContent content) => Passed("after-force:" + KindOf(content));

    /// <summary>A message was given to the socket.</summary>
    public void AfterSend(object message) => Passed("after-send:" + KindOf(message));

    /// <summary>The kind of a record, a message or, for data, of its APDU, as the ASN.1 modules write it.</summary>
    internal static string KindOf(object message)
    {
        if (message is Data data)
        {
            return "C-" + Hyphenated(data.Apdu.GetType().Name).ToUpperInvariant();
        }

        return message switch
        {
            RollbackBranch => "rollback",
            ForgetBranch => "forget",
            _ => Hyphenated(message.GetType().Name),
        };
    }

    private static string Hyphenated(string name)
    {
        StringBuilder text = new();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    private void Passed(string point)
    {
        bool now;
        lock (_lock)
        {
            now = _remaining.TryGetValue(point, out int remaining) && remaining == 1;
            if (remaining > 0)
            {
                _remaining[point] = remaining - 1;
            }
        }

        if (now)
        {
            _kill();
        }
    }
}
