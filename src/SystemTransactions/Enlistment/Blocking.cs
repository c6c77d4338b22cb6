using System.Runtime.CompilerServices;

namespace Ccr.SystemTransactions;

/// <summary>
/// What a synchronous method of ADO.NET's kind has to do: block its caller. The work itself goes on without a
/// synchronization context, so that it never needs the blocked thread.
/// </summary>
internal static class Blocking
{
    public static T Run<T>(ValueTask<T> work)
    {
        ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter waiting = work.ConfigureAwait(false).GetAwaiter();
        if (!waiting.IsCompleted)
        {
            using ManualResetEventSlim done = new();
            waiting.UnsafeOnCompleted(done.Set);
            done.Wait(Timeout.Infinite);
        }

        return waiting.GetResult();
    }
}
