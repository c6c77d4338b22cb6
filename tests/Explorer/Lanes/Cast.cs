using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Explorer.Lanes;

/// <summary>
/// Who takes part, and everything that is said: nodes by number, one Server each, and all messages by number. The
/// first node is the root, where the Client is.
/// </summary>
internal sealed class Cast
{
    private static readonly string[] Names = ["tokyo", "osaka", "nagoya", "kyoto"];
    private readonly RowInterner _lists = new();

    internal Cast(int nodes)
    {
        Nodes = [.. Names.Take(nodes).Select(NodeName.Parse)];
        Servers = [.. Nodes.Select(n => n.Value + ".files")];
        Action = new AtomicActionId(AeTitle.Of(Nodes[0]), Suffix.OfCounter(1, 1));
    }

    internal NodeName[] Nodes { get; }

    /// <summary>Servers that the Client opens the action with.</summary>
    internal int[] Opened { get; init; } = [];

    internal string[] Servers { get; }

    /// <summary>The one action.</summary>
    internal AtomicActionId Action { get; }

    internal Interner<LinkMessage> Frames { get; } = new();

    internal Interner<SessionMessage> Messages { get; } = new();

    internal Interner<LogContent> Records { get; } = new();

    internal int NodeOf(NodeName name) => Array.IndexOf(Nodes, name);

    internal int ServerOf(string server) => Array.IndexOf(Servers, server);

    internal ManagerIdentity IdentityOf(int node, int epoch) =>
        new(Nodes[node], new LogIdentity((UInt128)(node + 1) << 64), (uint)epoch);

    internal static string AddressOf(NodeName node) => node.Value + ":1";

    /// <summary>A list of numbers as one number.</summary>
    internal int List(IEnumerable<int> numbers) => _lists.Of([.. numbers]);

    internal int[] List(int number) => _lists[number];

    /// <summary>What comes out of the real codec when this is sent.</summary>
    internal static LinkMessage Travelled(LinkMessage message)
    {
        var writer = new BerWriter();
        message.Write(writer);
        return Plain(LinkMessage.Decode(writer.Written, out BerStatus status)
            ?? throw new InvalidOperationException($"{message} cannot be read back: {status.Error}"));
    }

    /// <summary>The message without the reason of a rollback: it is for people alone.</summary>
    internal static LinkMessage Plain(LinkMessage message) => message switch
    {
        Data { Apdu: RollbackRi asked } data => data with { Apdu = asked with { User = UserData.None } },
        Abort { Refusal.Code: not RefusalCode.ProtocolError } abort =>
            abort with { Refusal = new Refusal(RefusalCode.AssociationLost, "") },
        _ => message,
    };

    private static SessionMessage Plain(SessionMessage message) => message switch
    {
        RolledBack answer => answer with { Refusal = new Refusal(RefusalCode.Asked, "") },
        _ => message,
    };

    internal static SessionMessage Travelled(SessionMessage message)
    {
        var writer = new BerWriter();
        message.Write(writer);
        return Plain(SessionMessage.Decode(writer.Written, out BerStatus status)
            ?? throw new InvalidOperationException($"{message} cannot be read back: {status.Error}"));
    }
}
