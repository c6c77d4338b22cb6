using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer;

/// <summary>Look-ups of this node: answered from the table, or by asking all peers side by side.</summary>
internal sealed class LookUps(SharedTable table, PeerSet peers, TimeProvider time, TimeSpan limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<LocationAnswer>> _underWay = new(StringComparer.Ordinal);
    private int _outstanding;

    /// <summary>
    /// Finds a Server. Those who ask for one name while it is being asked for share the answer, except fresh look-ups:
    /// they want one that is newer than their question.
    /// </summary>
    public Task<LocationAnswer> FindAsync(string server, bool fresh)
    {
        if (!PlaceRules.IsServerName(server))
        {
            return Task.FromResult(LocationAnswer.Refused(PlaceRules.NoServerName));
        }

        if (table.Use((known, nowMs) => known.Answer(server, fresh, nowMs)) is { } answer)
        {
            return Task.FromResult(answer);
        }

        lock (_lock)
        {
            if (!fresh && _underWay.TryGetValue(server, out Task<LocationAnswer>? asked))
            {
                return asked;
            }

            if (_outstanding >= Limits.LookUpsOutstandingMax)
            {
                return Task.FromResult(LocationAnswer.Refused(new Refusal(
                    RefusalCode.RetryLater,
                    $"The Location Server has {Limits.LookUpsOutstandingMax} look-ups under way, its limit: "
                    + "try again in a moment.")));
            }

            _outstanding++;
            Task<LocationAnswer> asking = AskAsync(server);
            _underWay[server] = asking;
            _ = ForgetAsync(server, asking);
            return asking;
        }
    }

    private async Task<LocationAnswer> AskAsync(string server)
    {
        using CancellationTokenSource ends = new(limit, time);
        Peer[] asked = peers.All();
        PeerAnswer[] answers = await Task
            .WhenAll(asked.Select(peer => peer.AskAsync(server, ends.Token)))
            .ConfigureAwait(false);

        List<Place> claims = [];
        List<NodeName> silent = [.. peers.Unplaced()];
        for (int i = 0; i < asked.Length; i++)
        {
            if (!answers[i].Answered)
            {
                silent.Add(asked[i].Node);
            }
            else if (answers[i].Place is { } place)
            {
                claims.Add(place);
            }
        }

        return table.Use((known, nowMs) => known.Settle(server, claims, silent, nowMs));
    }

    private async Task ForgetAsync(string server, Task<LocationAnswer> asking)
    {
        // Yields first: with no peer to ask the answer is there before it is entered.
        await Task.WhenAny(asking).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            _outstanding--;
            if (_underWay.TryGetValue(server, out Task<LocationAnswer>? last) && last == asking)
            {
                _underWay.Remove(server);
            }
        }
    }
}
