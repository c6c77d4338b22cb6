namespace Ccr.DatabaseAttackApp;

/// <summary>
/// The steps of one action, in a fixed order: at the one that is asked for, the action says so and waits to be told to
/// go on. Side by side work is put one after the other, so that a step is always the same moment.
/// </summary>
internal sealed class Script(string step)
{
    /// <summary>No step: the action runs as it does in life.</summary>
    internal const string None = "-";

    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TaskCompletionSource> _turns = [];

    /// <summary>True when there is a step to stop at.</summary>
    internal bool IsSet => step != None;

    /// <summary>Stops here when this is the step.</summary>
    internal async ValueTask AtAsync(string name)
    {
        if (name == step)
        {
            Words.Say($"at {name}");
            await _go.Task;
        }
    }

    /// <summary>It may go on.</summary>
    internal void Go() => _go.TrySetResult();

    /// <summary>Waits until the turn before this one is over; the first one does not wait.</summary>
    internal Task TurnAsync(int turn) => !IsSet || turn == 0 ? Task.CompletedTask : TurnOf(turn - 1).Task;

    /// <summary>The next one may begin.</summary>
    internal void TurnOver(int turn) => TurnOf(turn).TrySetResult();

    private TaskCompletionSource TurnOf(int turn)
    {
        lock (_turns)
        {
            while (_turns.Count <= turn)
            {
                _turns.Add(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            return _turns[turn];
        }
    }
}
