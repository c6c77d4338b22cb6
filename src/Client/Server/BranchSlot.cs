using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>Where a branch stands at this Server.</summary>
internal enum BranchStage
{
    /// <summary>Not begun by this incarnation, or over: nothing is kept of it (SEM-8).</summary>
    None,

    /// <summary>Begun: requests are taken.</summary>
    Begun,

    /// <summary>Prepared, and Ready was said or will be found: only its manager may end it (SEM-3).</summary>
    Ready,

    /// <summary>Decided in one phase; the outcome is kept until the manager has noted it (SEM-5).</summary>
    Decided,
}

/// <summary>
/// One branch of this Server: what it was told, in order and one at a time. The work is done on a pool thread, or by
/// the receiving thread where the resource never waits.
/// </summary>
internal sealed class BranchSlot
{
    private readonly Lock _lock = new();
    private readonly Queue<Func<ValueTask>> _work = new();
    private bool _running;
    private int _requests;
    private TaskCompletionSource? _idle;
    private TaskCompletionSource? _over;
    private bool _isShutting;

    public BranchSlot(BranchContext context)
    {
        Context = context;
        context.Slot = this;
    }

    public BranchContext Context { get; }

    /// <summary>Why the Server gave the branch up before it voted, or null.</summary>
    public Refusal? GivenUp { get; private set; }

    /// <summary>Written by the work of this branch alone.</summary>
    public BranchStage Stage { get; set; }

    /// <summary>True from the start of a commit or rollback that the resource repeats until it is done.</summary>
    public bool Ending { get; set; }

    /// <summary>How it was decided, in stage Decided.</summary>
    public BranchEnd? End { get; set; }

    /// <summary>Adds work; true when nobody runs it yet, and the caller has to see to <see cref="RunAsync"/>.</summary>
    public bool Add(Func<ValueTask> work)
    {
        lock (_lock)
        {
            _work.Enqueue(work);
            if (_running)
            {
                return false;
            }

            _running = true;
            return true;
        }
    }

    /// <summary>Does what was added, until nothing is left.</summary>
    public async ValueTask RunAsync()
    {
        while (true)
        {
            Func<ValueTask>? work;
            lock (_lock)
            {
                if (!_work.TryDequeue(out work))
                {
                    _running = false;
                    _idle?.TrySetResult();
                    _idle = null;
                    return;
                }
            }

            await work().ConfigureAwait(false);
        }
    }

    /// <summary>Ends when everything added so far is done.</summary>
    public Task IdleAsync()
    {
        lock (_lock)
        {
            if (!_running)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>A request of a Client starts to work in this branch; false when it takes none (any more).</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (Stage != BranchStage.Begun || _isShutting || GivenUp is not null)
            {
                return false;
            }

            _requests++;
            return true;
        }
    }

    /// <summary>The request is over.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (--_requests == 0)
            {
                _over?.TrySetResult();
                _over = null;
            }
        }
    }

    /// <summary>Ends when no request is at work.</summary>
    public Task RequestsOverAsync()
    {
        lock (_lock)
        {
            return _requests == 0 ? Task.CompletedTask : OverAsync();
        }
    }

    /// <summary>The Server gives the branch up; false when it has voted, or was told its end.</summary>
    public bool GiveUp(Refusal why)
    {
        lock (_lock)
        {
            if (Stage != BranchStage.Begun)
            {
                return false;
            }

            GivenUp ??= why;
            return true;
        }
    }

    /// <summary>Takes no request from now on; what is at work has to be stopped by the resource.</summary>
    public void Shut()
    {
        lock (_lock)
        {
            Stage = Stage == BranchStage.Begun ? BranchStage.None : Stage;
        }
    }

    /// <summary>
    /// Takes no request from now on, and waits a while for those that are at work: a Client may have an answer before
    /// its request has left. False when they do not end, or the Server gives the branch up; then the stage stays.
    /// </summary>
    public async ValueTask<bool> TryShutAsync(TimeSpan patience, TimeProvider time)
    {
        Task over;
        lock (_lock)
        {
            _isShutting = true;
            if (_requests == 0 || patience == TimeSpan.Zero)
            {
                return ShutUnlessGivenUp();
            }

            over = OverAsync();
        }

        try
        {
            await over.WaitAsync(patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }

        lock (_lock)
        {
            return ShutUnlessGivenUp();
        }
    }

    /// <summary>Under the lock.</summary>
    private bool ShutUnlessGivenUp()
    {
        if (_requests > 0 || GivenUp is not null)
        {
            return false;
        }

        Stage = BranchStage.None;
        return true;
    }

    /// <summary>Under the lock.</summary>
    private Task OverAsync() =>
        (_over ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}

/// <summary>What a branch is found by.</summary>
internal readonly record struct BranchKey(AtomicActionId Action, BranchId Branch)
{
    public static BranchKey Of(BranchMessage message) => new(message.Action, message.Branch);
}
