namespace Ccr.Client;

/// <summary>The limits and waits of the Client and Server APIs, in one place.</summary>
public static class ClientLimits
{
    /// <summary>How long one attempt to connect, with its hello, may take.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Attempts to connect before the caller is told that the manager cannot be reached.</summary>
    public const int ConnectAttemptsMax = 8;

    /// <summary>The first pause between attempts; each later one is longer, up to <see cref="PauseMax"/>.</summary>
    public static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause between attempts.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The longest pause of a Server between attempts to reach its own node's manager: a started manager is in doubt
    /// about prepared branches until their Servers are back.
    /// </summary>
    public static readonly TimeSpan ServerPauseMax = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long the rollback of a database's branch waits for requests that still work with its connection; after that
    /// the database's Server sees to it.
    /// </summary>
    public static readonly TimeSpan RequestStopPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the answer to a request is waited for after its action was rolled back: one that is on its way says
    /// more than the rollback does.
    /// </summary>
    public static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a Client that is disposed of waits for branches which are to end behind the answer; after that the
    /// manager sees to them.
    /// </summary>
    public static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long the library asks for an outcome before it gives up and says that it is unknown.</summary>
    public static readonly TimeSpan OutcomePatience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long an arrived outcome waits for a message to ride along with, before it is acknowledged alone.
    /// </summary>
    public static readonly TimeSpan AcknowledgeDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Outcomes that are acknowledged at once when so many wait.</summary>
    public const int AcknowledgeBatch = 64;

    /// <summary>The lease that a Server asks of its Location Server.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>Branches told in one found message.</summary>
    public const int FoundPart = 500;

    /// <summary>Times that CcrRetry tries an action again.</summary>
    public const int RetriesMax = 20;
}
