using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>What the manager ordered of one branch, until it is answered.</summary>
internal sealed class PendingOrder(Branch branch, bool commits, BranchNote note, IManagerLink link, long number)
{
    private int _endedNames;

    /// <summary>The branch.</summary>
    public Branch Branch { get; } = branch;

    /// <summary>Commit, or roll back.</summary>
    public bool Commits { get; } = commits;

    /// <summary>What is known of who prepared it.</summary>
    public BranchNote Note { get; } = note;

    /// <summary>Who is to be answered.</summary>
    public IManagerLink Link { get; } = link;

    /// <summary>Orders and scans share one count: a scan with a higher number was begun after the order came.</summary>
    public long Number { get; } = number;

    /// <summary>Prepared names of it that we ended.</summary>
    public int EndedNames => Volatile.Read(ref _endedNames);

    /// <summary>Before the latest scan its owner's transaction was seen to be over: no PREPARE can follow.</summary>
    public bool IsOwnerOver { get; set; }

    /// <summary>Not tried again before this time.</summary>
    public long NotBeforeMs { get; private set; }

    /// <summary>How often it was put off.</summary>
    public int Deferrals { get; private set; }

    /// <summary>One of its names is ended.</summary>
    public void NameEnded() => Interlocked.Increment(ref _endedNames);

    /// <summary>It cannot be ended now: the next try comes later each time.</summary>
    public void Defer(long nowMs)
    {
        int doubled = DatabaseLimits.WatchMsMin << Math.Min(Deferrals, 10);
        NotBeforeMs = nowMs + Math.Min(doubled, DatabaseLimits.WatchMsMax);
        Deferrals++;
    }
}

/// <summary>A session with the manager, to answer on.</summary>
internal interface IManagerLink
{
    /// <summary>True once it has ended: nobody waits for an answer any more.</summary>
    bool IsLost { get; }

    /// <summary>Puts a message into the out buffer.</summary>
    void Send(SessionMessage message);

    /// <summary>Sends what is there.</summary>
    void Flush();
}
