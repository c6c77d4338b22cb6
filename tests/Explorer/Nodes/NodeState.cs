using Ccr.Explorer.Lanes;

namespace Ccr.Explorer.Nodes;

/// <summary>Where a branch stands at the Server of a node.</summary>
internal enum AtServer
{
    None,

    /// <summary>Volatile: begun, and undone by whatever breaks the session.</summary>
    Begun,

    /// <summary>Durable: promised.</summary>
    Prepared,

    /// <summary>Durable: decided alone, and kept until the manager lets it go.</summary>
    KeptCommitted,
    KeptRolledBack,
}

/// <summary>The Server's session with its manager.</summary>
internal enum ServerLink
{
    /// <summary>None, and the lane knows of none.</summary>
    Gone,
    Connected,

    /// <summary>Broken, and the lane has not been told.</summary>
    Broken,
}

/// <summary>Where the Client stands.</summary>
internal enum ClientPhase
{
    Idle,
    Opening,
    Open,

    /// <summary>Open, but a Server was refused: it will not be closed.</summary>
    Partial,
    RollingBack,
    Closing,

    /// <summary>The manager died while TransClose was under way: it is going to be repeated (SEM-1).</summary>
    ToRepeat,
    ToldCommitted,
    ToldRolledBack,
    Finished,
}

/// <summary>What must be remembered for the rules: it stays whatever happens to the node.</summary>
[Flags]
internal enum Seen
{
    None = 0,
    Committed = 1,
    RolledBack = 2,

    /// <summary>The decision to commit was durable here, as the root.</summary>
    Decided = 4,
    ToldCommitted = 8,
    ToldRolledBack = 16,
    SaidCommit = 32,
    SaidRollback = 64,
    Heuristic = 128,
    Forgot = 256,
    ToldDamage = 512,
    ClientLeft = 1024,
    ReadyForced = 2048,
    CommitForced = 4096,

    /// <summary>
    /// The Client acknowledged when a restarted manager had not yet heard of its Server: what that Server decided alone
    /// is kept until retention ends (SEM-1).
    /// </summary>
    EarlyAcknowledgement = 8192,
}

/// <summary>One node: its manager around a lane, its log, its Server and (at the root) its Client.</summary>
internal sealed class NodeState
{
    /// <summary>The lane's state; 0: the manager is down.</summary>
    internal int Lane { get; set; }

    internal int Epoch { get; set; }

    internal int Position { get; set; }

    internal int Forced { get; set; }

    internal bool Forcing { get; set; }

    internal AtServer Branch { get; set; }

    /// <summary>The branch's own message numbers, once it is begun: an order that carries its names.</summary>
    internal int BranchNames { get; set; }

    internal int PromisedEpoch { get; set; }

    internal ServerLink Server { get; set; }

    internal int ServerSession { get; set; }

    internal int ClientSession { get; set; }

    internal int LastSession { get; set; }

    internal ClientPhase Client { get; set; }

    internal Seen Seen { get; set; }

    internal List<int> Durable { get; private set; } = [];

    internal List<int> Written { get; private set; } = [];

    /// <summary>Departures that wait for the log, in the order in which they were made.</summary>
    internal List<Effect> Gate { get; private set; } = [];

    internal List<int> ToServer { get; private set; } = [];

    internal List<int> FromServer { get; private set; } = [];

    internal List<int> Connecting { get; private set; } = [];

    internal bool IsUp => Lane != 0;

    internal NodeState Clone()
    {
        var copy = (NodeState)MemberwiseClone();
        copy.Durable = [.. Durable];
        copy.Written = [.. Written];
        copy.Gate = [.. Gate];
        copy.ToServer = [.. ToServer];
        copy.FromServer = [.. FromServer];
        copy.Connecting = [.. Connecting];
        return copy;
    }

    internal int[] ToRow()
    {
        List<int> row =
        [
            Lane, Epoch, Position, Forced, Forcing ? 1 : 0, (int)Branch, BranchNames, PromisedEpoch, (int)Server,
            ServerSession, ClientSession, LastSession, (int)Client, (int)Seen,
        ];
        foreach (List<int> list in (List<int>[])[Durable, Written, ToServer, FromServer, Connecting])
        {
            row.Add(list.Count);
            row.AddRange(list);
        }

        foreach (Effect effect in Gate)
        {
            row.AddRange([(int)effect.Kind, effect.A, effect.B, effect.After]);
        }

        return [.. row];
    }
}
