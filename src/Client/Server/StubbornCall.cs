namespace Ccr.Client;

/// <summary>
/// Calls that have to succeed in the end, because the branch is decided: repeated with growing pauses until they do or
/// the Server stops. The branch is kept, and its manager waits.
/// </summary>
internal sealed class StubbornCall(CcrServerOptions options, CancellationToken stopping)
{
    /// <summary>How it ended, or null when the Server stops and the branch stays as it is.</summary>
    public async ValueTask<BranchEnd?> RunAsync(
        string name, BranchSlot slot, Func<BranchContext, CancellationToken, ValueTask<BranchEnd>> call)
    {
        TimeSpan pause = ClientLimits.PauseMin;
        while (true)
        {
            try
            {
                return await call(slot.Context, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                options.Log?.Invoke($"{options.Name}: {name} of {slot.Context} failed and is repeated: {e}");
            }

            if (!await PauseAsync(pause).ConfigureAwait(false))
            {
                return null;
            }

            pause = pause * 2 > ClientLimits.PauseMax ? ClientLimits.PauseMax : pause * 2;
        }
    }

    private async ValueTask<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, options.Time, stopping).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
