using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Links;

/// <summary>
/// The peer table on disk: one BER frame, an announce message of CCR-Link (so any tool can read it). It is replaced
/// whole: written aside, forced, renamed, and the rename forced.
/// </summary>
internal sealed class PeerFile(string path)
{
    /// <summary>Reads what was saved; empty when there is no file yet.</summary>
    /// <exception cref="IOException">It cannot be read; the message says what to do.</exception>
    public IReadOnlyList<Announcement> Load()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        byte[] octets = File.ReadAllBytes(path);
        return LinkMessage.Decode(octets, out BerStatus status) is Announce announce
            ? announce.Nodes
            : throw new IOException(
                $"The file {path}, which holds what is known of the other nodes, is damaged. {status} Restore it; or "
                + "delete it, if no other node was ever reset or replaced since.");
    }

    /// <summary>Saves; when it returns, it is durable.</summary>
    /// <exception cref="IOException">It is not known to be.</exception>
    public void Save(IReadOnlyList<Announcement> announcements)
    {
        BerWriter writer = new();
        ((IBerMessage)new Announce(announcements)).Write(writer);
        DurableFile.Replace(path, writer.Written);
    }
}
