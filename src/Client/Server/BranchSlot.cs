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
internal sealed class BranchSlot(BranchContext context)
{
    private readonly Lock _lock = new();
    private readonly Queue<Func<ValueTask>> _work = new();
    private bool _running;
    private int _requests;
    private TaskCompletionSource? _idle;

    public BranchContext Context { get; } = context;

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
            if (Stage != BranchStage.Begun)
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
            _requests--;
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

    /// <summary>Takes no request from now on; false while some are at work, and then the stage stays.</summary>
    public bool TryShut()
    {
        lock (_lock)
        {
            if (_requests > 0)
            {
                return false;
            }

            Stage = BranchStage.None;
            return true;
        }
    }
}

/// <summary>What a branch is found by.</summary>
internal readonly record struct BranchKey(AtomicActionId Action, BranchId Branch)
{
    public static BranchKey Of(BranchMessage message) => new(message.Action, message.Branch);
}
