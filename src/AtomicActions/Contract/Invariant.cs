using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Ccr.AtomicActions.Contract;

/// <summary>
/// A state of ours that cannot be. It stops the process; its action alone is set aside at the restart (SEM-16).
/// What a peer does wrong is never this: that is a protocol error, a value.
/// </summary>
public sealed class InvariantException : Exception
{
    public InvariantException()
    {
    }

    public InvariantException(string message)
        : base(message)
    {
    }

    public InvariantException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Assertions that stay on in production.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> unless the condition holds.</summary>
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition,
        string what,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition)
        {
            throw new InvariantException($"{what} [{expression}]");
        }
    }
}
