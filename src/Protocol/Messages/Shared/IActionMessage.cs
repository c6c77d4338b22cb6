using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>A message about one atomic action: whoever takes it can find the action's lane.</summary>
public interface IActionMessage
{
    /// <summary>The atomic action.</summary>
    AtomicActionId Action { get; }
}

/// <summary>A request or an answer: the asker chose the number, and the answer repeats it.</summary>
public interface IReferenceMessage
{
    /// <summary>The asker's number; 0 in an answer that nobody asked for.</summary>
    long Reference { get; }
}
