using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>The manager's orders that are not answered yet, in the order in which they came.</summary>
internal sealed class OrderTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Branch, PendingOrder> _byBranch = [];
    private long _numbers;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byBranch.Count;
            }
        }
    }

    /// <summary>All of them, oldest first.</summary>
    public IReadOnlyList<PendingOrder> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _byBranch.Values.OrderBy(order => order.Number)];
            }
        }
    }

    /// <summary>A number between those of the orders that came and those that will.</summary>
    public long NextNumber()
    {
        lock (_lock)
        {
            return ++_numbers;
        }
    }

    /// <summary>The order for a branch, or null.</summary>
    public PendingOrder? Find(Branch branch)
    {
        lock (_lock)
        {
            return _byBranch.GetValueOrDefault(branch);
        }
    }

    /// <summary>Commit or rollback was ordered; the same again changes nothing.</summary>
    public void Add(IManagerLink link, BranchMessage message, string? note)
    {
        Branch branch = Branch.Of(message);
        bool commits = message is Commit;
        lock (_lock)
        {
            if (_byBranch.TryGetValue(branch, out PendingOrder? known) && known.Link == link
                && known.Commits == commits)
            {
                return;
            }

            _byBranch[branch] = new PendingOrder(branch, commits, NoteOf(note), link, ++_numbers);
        }
    }

    /// <summary>It is answered.</summary>
    public void Remove(PendingOrder order)
    {
        lock (_lock)
        {
            if (_byBranch.TryGetValue(order.Branch, out PendingOrder? known) && known == order)
            {
                _byBranch.Remove(order.Branch);
            }
        }
    }

    /// <summary>The session is gone: the manager repeats on the next one what it still wants.</summary>
    public void Drop(IManagerLink link)
    {
        lock (_lock)
        {
            foreach (PendingOrder order in _byBranch.Values.Where(order => order.Link == link).ToArray())
            {
                _byBranch.Remove(order.Branch);
            }
        }
    }

    /// <summary>"pid=4711;xid=815", or the first part alone.</summary>
    internal static BranchNote NoteOf(string? text)
    {
        const string Pid = "pid=";
        return BranchNote.TryParse(text, out BranchNote whole) ? whole
            : text?.StartsWith(Pid, StringComparison.Ordinal) == true
                && int.TryParse(text.AsSpan(Pid.Length), out int pid)
            ? new BranchNote(pid, 0)
            : default;
    }
}
