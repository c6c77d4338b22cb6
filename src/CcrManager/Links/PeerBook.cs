using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Links;

/// <summary>The peer table and its file: a change is durable before anybody acts on it (SEM-6).</summary>
internal sealed class PeerBook(PeerTable table, PeerFile file, ILogger logger)
{
    private readonly Lock _lock = new();

    /// <summary>All nodes that are known, by name.</summary>
    public IReadOnlyList<Announcement> Known
    {
        get
        {
            lock (_lock)
            {
                return table.Known;
            }
        }
    }

    /// <summary>What is known of a node, or null.</summary>
    public Announcement? Find(NodeName node)
    {
        lock (_lock)
        {
            return table.Find(node);
        }
    }

    /// <summary>Judges an announcement, and takes it in where it is news.</summary>
    public PeerVerdict Note(Announcement seen, bool firstHand)
    {
        lock (_lock)
        {
            PeerVerdict verdict = table.Judge(seen, firstHand);
            if (verdict.News == PeerNews.Known)
            {
                return verdict;
            }

            try
            {
                file.Save(table.ToSaveWith(seen));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                ManagerLog.PeersNotSaved(logger, failure.Message);
                return new PeerVerdict(PeerNews.Known, new Refusal(
                    RefusalCode.RetryLater,
                    $"What is known of {seen.Identity.Node} could not be saved: {failure.Message}"));
            }

            table.Accept(seen);
            return verdict;
        }
    }

    /// <summary>The operator accepts that a node goes on with another log; false when the node is not known.</summary>
    /// <exception cref="IOException">It could not be saved, and may not last.</exception>
    public bool Reset(NodeName node)
    {
        lock (_lock)
        {
            if (!table.Reset(node))
            {
                return false;
            }

            file.Save(table.ToSave);
            return true;
        }
    }
}
