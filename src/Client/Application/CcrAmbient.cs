namespace Ccr.Client;

/// <summary>
/// The atomic action, or the Server's branch of one, that the running code works for: it flows with asynchronous calls,
/// so that what sends requests or opens connections need not be handed it.
/// </summary>
public static class CcrAmbient
{
    private static readonly AsyncLocal<object?> Entered = new();
    private static readonly object Nothing = new();
    private static Func<AtomicAction?>[] _sources = [];

    /// <summary>
    /// The action that was entered here, or that a source names (a TransactionScope's); or null. A source throws when
    /// the code works for an action that it cannot name.
    /// </summary>
    public static AtomicAction? Action
    {
        get
        {
            if (Entered.Value is { } entered)
            {
                return entered as AtomicAction;
            }

            foreach (Func<AtomicAction?> source in Volatile.Read(ref _sources))
            {
                if (source() is { } action)
                {
                    return action;
                }
            }

            return null;
        }
    }

    /// <summary>The Server's branch that the running request works in, or null.</summary>
    public static BranchContext? Branch => Entered.Value as BranchContext;

    /// <summary>From here on the code works for this action, until the result is disposed of.</summary>
    public static IDisposable Enter(AtomicAction action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return new Scope(action);
    }

    /// <summary>From here on the code works for this branch, until the result is disposed of.</summary>
    public static IDisposable Enter(BranchContext branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        return new Scope(branch);
    }

    /// <summary>From here on the code works outside any action, until the result is disposed of.</summary>
    public static IDisposable EnterNothing() => new Scope(Nothing);

    /// <summary>Another place to look for the action in; asked in the order in which they were added.</summary>
    public static void AddSource(Func<AtomicAction?> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Func<AtomicAction?>[] before;
        do
        {
            before = Volatile.Read(ref _sources);
        }
        while (Interlocked.CompareExchange(ref _sources, [.. before, source], before) != before);
    }

    private sealed class Scope : IDisposable
    {
        private readonly object? _before = Entered.Value;

        internal Scope(object entered) => Entered.Value = entered;

        public void Dispose() => Entered.Value = _before;
    }
}
