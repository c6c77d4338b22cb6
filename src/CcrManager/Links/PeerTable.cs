using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Links;

/// <summary>What an announcement says beyond what was known.</summary>
public enum PeerNews
{
    /// <summary>Nothing.</summary>
    Known,

    /// <summary>A node, or a node's new log after reset-node, that was not known.</summary>
    New,

    /// <summary>A newer start of a known log.</summary>
    Newer,

    /// <summary>The same start, with an address that was not known.</summary>
    Completed,
}

/// <summary>How an announcement was judged.</summary>
/// <param name="News">What it says beyond what was known; Known where it is refused.</param>
/// <param name="Refusal">Why it is refused, or null.</param>
public sealed record PeerVerdict(PeerNews News, Refusal? Refusal);

/// <summary>
/// The highest (log, epoch) seen of every node, and where it is (SEM-6, SEM-7). Another log, a lower epoch, or a
/// second manager with the same log and epoch is refused. Knows no file, clock or socket, and is not thread-safe.
/// </summary>
/// <remarks>
/// A log that reset-node has set aside is kept as an announcement without an address: of the log that is current it
/// means "may be replaced", of another one "never again".
/// </remarks>
public sealed class PeerTable
{
    private readonly NodeName _self;
    private readonly SortedDictionary<NodeName, Announcement> _known = [];
    private readonly SortedDictionary<NodeName, List<Announcement>> _setAside = [];
    private readonly HashSet<NodeName> _oldLocation = []; // their Location Server's address is of an earlier start

    /// <summary>A table with what was saved, in any order.</summary>
    public PeerTable(NodeName self, IEnumerable<Announcement> saved)
    {
        _self = self;
        foreach (Announcement one in saved)
        {
            if (one.Address.Length == 0)
            {
                SetAside(one.Identity);
            }
            else
            {
                _known[one.Identity.Node] = one;
            }
        }
    }

    /// <summary>All nodes that are known, by name.</summary>
    public IReadOnlyList<Announcement> Known => [.. _known.Values];

    /// <summary>Everything that is to be saved.</summary>
    public IReadOnlyList<Announcement> ToSave => [.. _known.Values, .. _setAside.Values.SelectMany(list => list)];

    /// <summary>What is known of a node, or null.</summary>
    public Announcement? Find(NodeName node) => _known.GetValueOrDefault(node);

    /// <summary>Judges what a node says of itself (<paramref name="firstHand"/>) or another says of it.</summary>
    public PeerVerdict Judge(Announcement seen, bool firstHand)
    {
        ManagerIdentity identity = seen.Identity;
        if (identity.Node == _self)
        {
            return firstHand ? Refused($"The name {_self} is this node's own: give the other node another name.")
                : new PeerVerdict(PeerNews.Known, null);
        }

        if (seen.Address.Length == 0)
        {
            return Refused($"{identity} does not say where it listens.");
        }

        if (!_known.TryGetValue(identity.Node, out Announcement? known))
        {
            return _known.Count < ManagerLimits.PeersMax
                ? new PeerVerdict(PeerNews.New, null)
                : new PeerVerdict(PeerNews.Known, new Refusal(
                    RefusalCode.Limit, $"{_self} knows {ManagerLimits.PeersMax} nodes, which is the limit."));
        }

        return identity.Log == known.Identity.Log
            ? JudgeSameLog(seen, known, firstHand)
            : JudgeOtherLog(identity, known.Identity);
    }

    /// <summary>Takes in what was judged to be news, after it was saved.</summary>
    public void Accept(Announcement seen)
    {
        Announcement merged = Merged(seen);
        bool isNewer = _known.TryGetValue(seen.Identity.Node, out Announcement? known)
            && known.Identity != seen.Identity;
        if (seen.LocationAddress.Length > 0)
        {
            _oldLocation.Remove(seen.Identity.Node);
        }
        else if (isNewer && merged.LocationAddress.Length > 0)
        {
            _oldLocation.Add(seen.Identity.Node);
        }

        _known[seen.Identity.Node] = merged;
    }

    /// <summary>What <see cref="ToSave"/> would be after <see cref="Accept"/>.</summary>
    public IReadOnlyList<Announcement> ToSaveWith(Announcement seen) =>
        [.. ToSave.Where(one => one.Address.Length == 0 || one.Identity.Node != seen.Identity.Node), Merged(seen)];

    /// <summary>The operator accepts that a node goes on with another log; false when the node is not known.</summary>
    public bool Reset(NodeName node)
    {
        if (!_known.TryGetValue(node, out Announcement? known))
        {
            return false;
        }

        SetAside(known.Identity);
        return true;
    }

    /// <summary>
    /// A manager that was just started does not know its Location Server yet, which most likely is where it was: until
    /// it says otherwise, the old address is the hint (SEM-7).
    /// </summary>
    private Announcement Merged(Announcement seen) =>
        seen.LocationAddress.Length == 0 && _known.TryGetValue(seen.Identity.Node, out Announcement? known)
            && known.Identity.Log == seen.Identity.Log
            ? seen with { LocationAddress = known.LocationAddress }
            : seen;

    private PeerVerdict JudgeSameLog(Announcement seen, Announcement known, bool firstHand)
    {
        (uint epoch, uint highest) = (seen.Identity.Epoch, known.Identity.Epoch);
        if (epoch > highest)
        {
            return new PeerVerdict(PeerNews.Newer, null);
        }

        if (epoch < highest && !firstHand)
        {
            return new PeerVerdict(PeerNews.Known, null); // the teller has not heard of the newer start yet
        }

        if (epoch < highest)
        {
            return Refused(
                $"{seen.Identity.Node} was seen with epoch {highest} of its log, and {epoch} is older: an old "
                + "copy of it is running, or its log was restored from an earlier state. Let only the complete, newest "
                + "log run.");
        }

        if (seen.Address != known.Address)
        {
            return Refused(
                $"The name {seen.Identity.Node} is taken twice: epoch {epoch} of its log runs at "
                + $"{known.Address} and at {seen.Address}. Stop the one that runs on a copy of the log.");
        }

        bool completes = seen.LocationAddress.Length > 0 && seen.LocationAddress != known.LocationAddress
            && (firstHand || known.LocationAddress.Length == 0 || _oldLocation.Contains(seen.Identity.Node));
        return new PeerVerdict(completes ? PeerNews.Completed : PeerNews.Known, null);
    }

    private PeerVerdict JudgeOtherLog(ManagerIdentity identity, ManagerIdentity known)
    {
        if (IsSetAside(identity))
        {
            return Refused(
                $"This log of {identity.Node} was set aside by 'ccrctl node reset {identity.Node}': "
                + "it must not run again.");
        }

        return IsSetAside(known)
            ? new PeerVerdict(PeerNews.New, null)
            : Refused(
                $"{identity.Node} is known with another log ({known.Log.ToString()[..8]}, epoch {known.Epoch}), "
                + $"and this one is {identity.Log.ToString()[..8]}: its log was lost or replaced, or the name is taken "
                + $"twice. If it is meant, run 'ccrctl node reset {identity.Node}' at {_self}.");
    }

    private bool IsSetAside(ManagerIdentity identity) =>
        _setAside.TryGetValue(identity.Node, out List<Announcement>? logs)
        && logs.Exists(one => one.Identity.Log == identity.Log);

    private void SetAside(ManagerIdentity identity)
    {
        if (!_setAside.TryGetValue(identity.Node, out List<Announcement>? logs))
        {
            logs = [];
            _setAside.Add(identity.Node, logs);
        }

        logs.RemoveAll(one => one.Identity.Log == identity.Log);
        logs.Add(new Announcement(identity, "", ""));
        if (logs.Count > ManagerLimits.LogsSetAsideMax)
        {
            logs.RemoveAt(0);
        }
    }

    private static PeerVerdict Refused(string why) =>
        new(PeerNews.Known, new Refusal(RefusalCode.StaleIdentity, why));
}
