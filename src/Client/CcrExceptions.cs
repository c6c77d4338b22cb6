using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>A request was refused: nothing of it was done. The code is for programs, the message for people.</summary>
public sealed class CcrRefusedException(Refusal refusal, Exception? inner = null) : Exception(refusal.Text, inner)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;
}

/// <summary>
/// The manager cannot be reached, or the session with it broke, before anything was decided: the atomic action, where
/// there was one, is rolled back.
/// </summary>
public sealed class CcrManagerLostException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Commitment was asked for, and the outcome could not be learnt. Unknown is not no: the action may be committed.
/// Ask again with CcrClient.AskOutcomeAsync.
/// </summary>
public sealed class CcrOutcomeUnknownException(AtomicActionId action, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The action whose outcome is unknown here.</summary>
    public AtomicActionId Action { get; } = action;

    /// <summary>
    /// The database that alone knows, where its only branch was committed in one phase (SEM-5): the manager was not
    /// told of the action, and has no answer. Null: the manager knows.
    /// </summary>
    public string? Database { get; init; }
}
