using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>
/// Looks for slots whose process has died before all was finished, runs their managers here until nothing is live,
/// and gives them up again (SEM-17). Which neighbour adopts a slot is decided by its lock alone.
/// </summary>
internal sealed class Adoption : IAsyncDisposable
{
    private readonly SlotSet _slots;
    private readonly EmbeddedCcrManagerOptions _options;
    private readonly Func<Slot, CcrManagerOptions, Task<SlotManager>> _start;
    private readonly Func<bool> _mayAdopt;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<string, SlotManager> _adopted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _triedAt = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;

    public Adoption(
        SlotSet slots, EmbeddedCcrManagerOptions options, Func<Slot, CcrManagerOptions, Task<SlotManager>> start,
        Func<bool> mayAdopt, TimeProvider time, ILogger logger)
    {
        _slots = slots;
        _options = options;
        _start = start;
        _mayAdopt = mayAdopt;
        _time = time;
        _logger = logger;
    }

    /// <summary>The managers of adopted slots.</summary>
    public IReadOnlyList<SlotManager> Adopted
    {
        get
        {
            lock (_lock)
            {
                return [.. _adopted.Values];
            }
        }
    }

    /// <summary>Begins to look.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Looks no more, and gives up what was adopted: cleanly, but unsettled where something is live.</summary>
    public async Task StopAsync(CancellationToken hurry)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await Task.WhenAll(Adopted.Select(one => GiveUpAsync(one, hurry))).ConfigureAwait(false);
    }

    /// <summary>Ends it all as if the process had died.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        foreach (SlotManager adopted in Adopted)
        {
            Remove(adopted);
            await adopted.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    /// <summary>One look at all slots.</summary>
    internal async Task LookAsync()
    {
        foreach (string node in _slots.Existing)
        {
            if (!_stopping.IsCancellationRequested && _mayAdopt() && !Has(node) && IsDue(node)
                && Slot.IsUnsettled(_slots.LayoutOf(node)))
            {
                await TryAdoptAsync(node).ConfigureAwait(false);
            }
        }

        foreach (SlotManager adopted in Adopted)
        {
            await LookAfterAsync(adopted).ConfigureAwait(false);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                double waitMs = _options.LookIntervalMs * (0.5 + Random.Shared.NextDouble());
                await Task.Delay(TimeSpan.FromMilliseconds(waitMs), _time, _stopping.Token).ConfigureAwait(false);
                await LookAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task TryAdoptAsync(string node)
    {
        Slot? slot = Slot.TryClaim(node, _slots.LayoutOf(node));
        if (slot is null)
        {
            return; // it is alive, or another neighbour was first
        }

        try
        {
            if (!Slot.IsUnsettled(slot.Layout))
            {
                slot.Dispose();
                return;
            }

            SlotManager adopted = await _start(slot, _slots.OptionsOf(node, isAdopted: true)).ConfigureAwait(false);
            lock (_lock)
            {
                _adopted[node] = adopted;
            }

            ManagerLog.Adopted(_logger, adopted.Runtime.Self.ToString(), adopted.Runtime.Socket);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whatever is wrong with a neighbour's folder must not end this process.
            slot.Dispose();
            _triedAt[node] = _time.GetTimestamp();
            ManagerLog.NotAdopted(_logger, node, _options.RetryMs, failure.Message);
        }
    }

    private async Task LookAfterAsync(SlotManager adopted)
    {
        if (adopted.Runtime.Failure is { } reason)
        {
            Remove(adopted);
            _triedAt[adopted.Slot.Node] = _time.GetTimestamp();
            ManagerLog.NotAdopted(_logger, adopted.Slot.Node, _options.RetryMs, reason);
            await adopted.DisposeAsync().ConfigureAwait(false);
        }
        else if (await adopted.MayBeGivenUpAsync().ConfigureAwait(false))
        {
            await GiveUpAsync(adopted, _stopping.Token).ConfigureAwait(false);
        }
    }

    private async Task GiveUpAsync(SlotManager adopted, CancellationToken hurry)
    {
        Remove(adopted);
        try
        {
            await adopted.GiveUpAsync(hurry).ConfigureAwait(false);
            ManagerLog.GivenUp(_logger, adopted.Slot.Node);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            ManagerLog.NotAdopted(_logger, adopted.Slot.Node, _options.RetryMs, failure.Message);
        }
    }

    private bool Has(string node)
    {
        lock (_lock)
        {
            return _adopted.ContainsKey(node);
        }
    }

    private void Remove(SlotManager adopted)
    {
        lock (_lock)
        {
            _adopted.Remove(adopted.Slot.Node);
        }
    }

    private bool IsDue(string node) => !_triedAt.TryGetValue(node, out long at)
        || _time.GetElapsedTime(at).TotalMilliseconds >= _options.RetryMs;
}
