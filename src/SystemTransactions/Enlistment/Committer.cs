using System.Diagnostics;

namespace Ccr.SystemTransactions;

/// <summary>
/// The thread that ends a scope. The runtime lets it go as soon as the outcome is set, and it is let go before the
/// drivers' second phase when the outcome is set while that thread is on its way from our callback to its wait. Then
/// a scope's end would return before its rows can be seen. So the answer waits until that thread waits.
/// </summary>
internal sealed class Committer
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(2); // an asynchronous commit never waits

    private readonly Thread _thread = Thread.CurrentThread;
    private volatile bool _isReturning;

    /// <summary>The last thing that the callback does.</summary>
    public void Returns() => _isReturning = true;

    /// <summary>Returns when the thread waits, or after a short time.</summary>
    public void AwaitItsWait()
    {
        if (_thread == Thread.CurrentThread)
        {
            return;
        }

        long began = Stopwatch.GetTimestamp();
        SpinWait spin = default;
        while (!_isReturning || (_thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) == 0)
        {
            if (_isReturning && Stopwatch.GetElapsedTime(began) > Limit)
            {
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
