namespace Ccr.CcrManager;

/// <summary>A manager that runs in a slot of this process, its own or an adopted one, and how it is given up.</summary>
internal sealed class SlotManager(Slot slot, HostedManager hosted, EmbeddedCcrManagerOptions options, TimeProvider time)
    : IAsyncDisposable
{
    private readonly long _started = time.GetTimestamp();
    private long? _quietSince;

    /// <summary>The slot.</summary>
    public Slot Slot => slot;

    /// <summary>The manager in it.</summary>
    public ManagerRuntime Runtime => hosted.Runtime;

    /// <summary>True when nothing was live for some seconds; asked again and again.</summary>
    public async Task<bool> MayBeGivenUpAsync()
    {
        _quietSince = await IsQuietAsync().ConfigureAwait(false) ? _quietSince ?? time.GetTimestamp() : null;
        return _quietSince is { } since && time.GetElapsedTime(since).TotalMilliseconds >= options.QuietMs;
    }

    /// <summary>
    /// Stops cleanly, ends all that lives in the slot, and frees it. It is marked as settled only when nothing was
    /// left to do: otherwise a neighbour takes it up (SEM-17).
    /// </summary>
    public async Task GiveUpAsync(CancellationToken hurry)
    {
        bool isSettled = false;
        try
        {
            await hosted.StopAsync(hurry).ConfigureAwait(false);
            isSettled = await IsQuietAsync().ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(isSettled).ConfigureAwait(false);
        }
    }

    /// <summary>Ends it without a word to anybody, as if it had died.</summary>
    public async ValueTask DisposeAsync() => await EndAsync(isSettled: false).ConfigureAwait(false);

    private async Task<bool> IsQuietAsync() =>
        Runtime.Failure is null && hosted.IsSettled && HasMetPeers
        && await Runtime.LiveAsync().ConfigureAwait(false) == 0;

    /// <summary>
    /// A node below may be in doubt about an action that left no record here: it learns so when it reaches us.
    /// </summary>
    private bool HasMetPeers => Runtime.HasMetAllPeers
        || time.GetElapsedTime(_started).TotalMilliseconds >= options.PeersPatienceMs;

    private async Task EndAsync(bool isSettled)
    {
        try
        {
            await hosted.DisposeAsync().ConfigureAwait(false);
            if (isSettled && Runtime.Failure is null)
            {
                slot.MarkSettled();
            }
        }
        finally
        {
            slot.Dispose();
        }
    }
}
