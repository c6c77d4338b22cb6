namespace Ccr.Http;

/// <summary>What an operator may set of a service that takes part in atomic actions.</summary>
public sealed class CcrServiceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "CcrService";

    /// <summary>The service's name as a Server, unique over all nodes: "osaka.billing".</summary>
    public string Name { get; set; } = "";

    /// <summary>The folder of the node that it belongs to.</summary>
    public string NodeData { get; set; } = "";

    /// <summary>Where Clients reach it, for people and tools: "tcp:HOST:PORT"; may be empty.</summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>
    /// True: requests of one action work one after the other, because they share a connection to each database, which
    /// takes one command at a time. False for a service whose requests call one another, or use connections with care.
    /// </summary>
    public bool OneRequestAtATime { get; set; } = true;

    /// <summary>How long a request waits for another one of its action.</summary>
    public int RequestWaitMs { get; set; } = 30_000;

    /// <summary>How long Prepare waits for a request whose answer was faster than its end.</summary>
    public int RequestPatienceMs { get; set; } = 5_000;
}
