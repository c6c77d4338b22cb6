using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Contract;

/// <summary>
/// The atomic-action log of one node. One thread owns it: it appends what the lanes handed over and forces it.
/// Any failure is final: what is durable is then unknown, and the manager stops (unknown is not no).
/// </summary>
public interface IAtomicActionLog : IDisposable
{
    /// <summary>Who this manager is: the log's identity and this start's epoch, already forced.</summary>
    ManagerIdentity Self { get; }

    /// <summary>
    /// What was live when the log was opened, oldest first. Empty after <see cref="Recovered"/> was read once.
    /// </summary>
    IReadOnlyList<LogContent> Recovered { get; }

    /// <summary>True while new actions are to be refused: the log is near its limit (SEM-19).</summary>
    bool IsFull { get; }

    /// <summary>Appends a record; it is durable only after the next <see cref="Force"/>.</summary>
    /// <exception cref="LogFailedException">The log can be trusted no more.</exception>
    void Append(LogContent content);

    /// <summary>Makes all that was appended durable. Returns only when it is.</summary>
    /// <exception cref="LogFailedException">What is durable is unknown.</exception>
    void Force();
}

/// <summary>An append or a force failed, or the log could not be opened; the message says what to do.</summary>
public sealed class LogFailedException : Exception
{
    public LogFailedException()
    {
    }

    public LogFailedException(string message)
        : base(message)
    {
    }

    public LogFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
