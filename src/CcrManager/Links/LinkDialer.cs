using System.Net.Sockets;
using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Ccr.CcrManager.Links;

/// <summary>
/// Opens our own links: on a lane's wish, for a management message, and by itself to every known node, so that a
/// node that comes back is found at once. Polly stands around connecting and nothing else (SEM-15).
/// </summary>
internal sealed class LinkDialer : IAsyncDisposable
{
    private sealed class Target(NodeName node)
    {
        public NodeName Node { get; } = node;

        public SortedSet<int> Askers { get; } = [];

        public Queue<LinkMessage> Messages { get; } = new();

        public string Hint { get; set; } = "";

        public bool IsDialing { get; set; }

        public int Failures { get; set; }

        public long NotBefore { get; set; }
    }

    private readonly LinkTable _table;
    private readonly LaneSet _lanes;
    private readonly CcrManagerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _pipeline;
    private readonly Dictionary<NodeName, string> _configured;
    private readonly Dictionary<NodeName, Target> _targets = [];
    private readonly HashSet<Task> _dialing = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();

    public LinkDialer(LinkTable table, LaneSet lanes, CcrManagerOptions options, TimeProvider time, ILogger logger)
    {
        _table = table;
        _lanes = lanes;
        _options = options;
        _time = time;
        _logger = logger;
        _configured = options.PeerAddresses();
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<IOException>().Handle<SocketException>()
                    .Handle<TimeoutRejectedException>(),
                MaxRetryAttempts = options.ConnectRetries,
                Delay = TimeSpan.FromMilliseconds(options.ConnectRetryDelayMs),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .AddTimeout(TimeSpan.FromMilliseconds(options.ConnectTimeoutMs))
            .Build();
    }

    /// <summary>Gets the frames of the links that are opened. Set before the first.</summary>
    public IFrameSink? Sink { get; set; }

    /// <summary>A lane wants a link of our own: it gets LinkUp, as all lanes do, or ConnectFailed.</summary>
    public void Connect(int lane, ConnectTo wanted)
    {
        lock (_lock)
        {
            if (_table.To(wanted.Node, ownOnly: true) is null)
            {
                Target target = TargetOf(wanted.Node);
                target.Askers.Add(lane);
                target.Hint = wanted.AddressHint.Length > 0 ? wanted.AddressHint : target.Hint;
                Dial(target);
            }
        }
    }

    /// <summary>A management message for a node, over any link, opened if need be. It may be lost (SEM-4).</summary>
    public void Send(NodeName node, LinkMessage message)
    {
        if (_table.To(node, ownOnly: false) is { } link)
        {
            link.Connection!.Send(message);
            link.Connection.Flush();
            return;
        }

        lock (_lock)
        {
            Target target = TargetOf(node);
            if (target.Messages.Count >= ManagerLimits.MessagesForNodeMax)
            {
                target.Messages.Dequeue();
            }

            target.Messages.Enqueue(message);
            Dial(target);
        }
    }

    /// <summary>
    /// The node was just heard of: a link of our own is tried at once, and what waits for one is sent.
    /// </summary>
    public void IsAlive(NodeName node)
    {
        List<LinkMessage> waiting = [];
        lock (_lock)
        {
            Target target = TargetOf(node);
            target.Failures = 0;
            target.NotBefore = 0;
            waiting.AddRange(target.Messages);
            target.Messages.Clear();
            if (_table.To(node, ownOnly: true) is null)
            {
                Dial(target);
            }
        }

        foreach (LinkMessage message in waiting)
        {
            Send(node, message);
        }
    }

    /// <summary>Every so often: tries the known nodes to which there is no link of our own.</summary>
    public void Tick()
    {
        IReadOnlyList<Announcement> known = _table.Book.Known;
        lock (_lock)
        {
            foreach (NodeName node in _configured.Keys.Union(known.Select(one => one.Identity.Node)))
            {
                Target target = TargetOf(node);
                if (!target.IsDialing && _time.GetTimestamp() >= target.NotBefore
                    && _table.To(node, ownOnly: true) is null)
                {
                    Dial(target);
                }
            }
        }
    }

    /// <summary>Ends all attempts, and waits for them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] dialing;
        lock (_lock)
        {
            dialing = [.. _dialing];
        }

        await Task.WhenAll(dialing).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private Target TargetOf(NodeName node)
    {
        if (!_targets.TryGetValue(node, out Target? target))
        {
            target = new Target(node);
            _targets.Add(node, target);
        }

        return target;
    }

    private void Dial(Target target)
    {
        if (target.IsDialing || _stopping.IsCancellationRequested || target.Node == _table.Self.Node)
        {
            return;
        }

        target.IsDialing = true;
        Task dialing = Task.Run(() => DialAsync(target));
        _dialing.Add(dialing);
        dialing.ContinueWith(ended => Remove(ended), TaskScheduler.Default);
    }

    private void Remove(Task ended)
    {
        lock (_lock)
        {
            _dialing.Remove(ended);
        }
    }

    private async Task DialAsync(Target target)
    {
        string? failure = null;
        try
        {
            await _pipeline.ExecuteAsync(token => AttemptAsync(target, token), _stopping.Token).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException)
        {
            failure = $"{target.Node} did not answer within {_options.ConnectTimeoutMs} ms.";
        }
        catch (OperationCanceledException)
        {
            failure = $"{_table.Self.Node} is stopping.";
        }
        catch (Exception e)
        {
            failure = e.Message;
        }

        Ended(target, failure);
    }

    private async ValueTask AttemptAsync(Target target, CancellationToken token)
    {
        if (_table.To(target.Node, ownOnly: true) is not null)
        {
            return;
        }

        IReadOnlyList<string> addresses = AddressesOf(target);
        if (addresses.Count == 0)
        {
            throw new PeerRefusedException(
                $"Nobody has said where {target.Node} is: name it with --peer {target.Node}=HOST:PORT.");
        }

        IOException? last = null;
        foreach (string address in addresses)
        {
            try
            {
                await GreetAsync(target.Node, address, token).ConfigureAwait(false);
                return;
            }
            catch (IOException e)
            {
                last = e;
            }
        }

        throw last!;
    }

    private async Task GreetAsync(NodeName node, string address, CancellationToken token)
    {
        Socket socket = await FrameDialer.ConnectAsync("tcp:" + address, token).ConfigureAwait(false);
        Link? link = _table.Add(openedHere: true, node);
        if (link is null)
        {
            socket.Dispose();
            throw new PeerRefusedException(
                $"{_table.Self.Node} has {ManagerLimits.LinksMax} links, which is the limit.");
        }

        FramedConnection connection = FramedConnection.Start(socket, Sink!, new FramedConnectionOptions { Tag = link });
        try
        {
            Refusal? refusal = await link.Greeted.Task.WaitAsync(token).ConfigureAwait(false);
            Judge(node, address, refusal);
        }
        catch (OperationCanceledException)
        {
            connection.Close($"{node} did not answer at {address} in time.");
            throw;
        }
    }

    private static void Judge(NodeName node, string address, Refusal? refusal)
    {
        if (refusal is { Code: RefusalCode.NodeUnreachable or RefusalCode.RetryLater or RefusalCode.Stopping })
        {
            throw new IOException($"{node} at {address}: {refusal.Text}");
        }

        if (refusal is not null)
        {
            throw new PeerRefusedException($"{node} at {address}: {refusal.Text}");
        }
    }

    /// <summary>
    /// Where the node may be, the newest word first: its announcement, the configuration, the log's hint.
    /// </summary>
    private List<string> AddressesOf(Target target)
    {
        string[] candidates =
        [
            _table.Book.Find(target.Node)?.Address ?? "", _configured.GetValueOrDefault(target.Node, ""), target.Hint,
        ];
        return [.. candidates.Where(address => address.Length > 0).Distinct()];
    }

    private void Ended(Target target, string? failure)
    {
        lock (_lock)
        {
            target.IsDialing = false;
            bool up = _table.To(target.Node, ownOnly: true) is not null;
            if (failure is not null && !up)
            {
                Failed(target, failure);
            }
            else if (!up && (target.Askers.Count > 0 || target.Messages.Count > 0))
            {
                // It came up and went down again, and somebody has asked since.
                Dial(target);
                return;
            }

            target.Askers.Clear();
        }

        _lanes.Kick();
    }

    private void Failed(Target target, string failure)
    {
        if (target.Failures++ == 0)
        {
            ManagerLog.PeerNotReached(_logger, target.Node.Value, failure);
        }

        long pauseMs = Math.Min(
            _options.ReconnectMsMax, (long)_options.ConnectRetryDelayMs << Math.Min(target.Failures, 16));
        target.NotBefore = _time.GetTimestamp() + (pauseMs * _time.TimestampFrequency / 1000);
        target.Messages.Clear();
        foreach (int lane in target.Askers)
        {
            _lanes[lane].Enqueue(new ConnectFailed(target.Node, failure));
        }
    }
}
