using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>
/// The end of a manager that cannot go on. From the first failure nothing leaves any lane; then the process ends with
/// an exit code that is not zero, or the application that the manager lives in is asked to stop (SEM-17).
/// </summary>
internal sealed class ManagerFailure(HeldActions held, Action<string, int> end, ILogger logger) : IManagerFailure
{
    /// <summary>Exit code after a failure of the core (EX_SOFTWARE).</summary>
    public const int CoreExitCode = 70;

    /// <summary>Exit code after a failure of the log (EX_IOERR).</summary>
    public const int LogExitCode = 74;

    private int _failed;

    /// <summary>The lanes, which are silenced. Set before the first input.</summary>
    public LaneSet? Lanes { get; set; }

    /// <summary>Why the manager ends, or null while it does not.</summary>
    public string? Reason { get; private set; }

    /// <inheritdoc/>
    public void Impossible(Input input, IReadOnlyList<Output> begun, Exception exception)
    {
        Lanes!.Silence();
        AtomicActionId? action = InputSubject.Of(input, begun);
        string what = $"{exception.GetType().Name} at {Failpoints.KindOf(input)}: {exception.Message}";
        string reason = action is null
            ? $"The manager stops: a state that cannot be. {what}"
            : $"The manager stops: a state that cannot be, in action {action}, which is set aside at the next "
            + $"start. {what}";
        ManagerLog.CoreFailed(logger, reason, exception);
        if (action is not null)
        {
            SetAside(action, what);
        }

        Fail(reason, CoreExitCode);
    }

    /// <summary>The log failed: what is durable is unknown.</summary>
    public void LogFailed(string reason)
    {
        Lanes!.Silence();
        string sentence = $"The manager stops, for what is durable is unknown: {reason}";
        ManagerLog.LogFailed(logger, sentence);
        Fail(sentence, LogExitCode);
    }

    private void SetAside(AtomicActionId action, string what)
    {
        try
        {
            held.Add(action, what);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ManagerLog.HeldNotSaved(logger, action.ToString(), failure.Message);
        }
    }

    private void Fail(string reason, int exitCode)
    {
        if (Interlocked.Exchange(ref _failed, 1) == 0)
        {
            Reason = reason;
            end(reason, exitCode);
        }
    }
}
