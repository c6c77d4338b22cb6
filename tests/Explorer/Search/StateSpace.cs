namespace Ccr.Explorer.Search;

/// <summary>
/// Something to explore: initial states and, for each state, all its successors. A state is a row of integers of a
/// fixed width, equal where and only where the states are equal.
/// </summary>
public abstract class StateSpace
{
    /// <summary>How many integers make a state.</summary>
    public abstract int Width { get; }

    /// <summary>Adds every initial state.</summary>
    public abstract void Initial(ISuccessors into);

    /// <summary>Adds every successor of a state; one that is reached by two steps twice.</summary>
    public abstract void Expand(ReadOnlySpan<int> state, ISuccessors into);

    /// <summary>What is wrong with this state, or null.</summary>
    public virtual string? Wrong(ReadOnlySpan<int> state) => null;

    /// <summary>True where everything may rest for ever: the good ends of <see cref="Liveness"/>.</summary>
    public virtual bool IsClean(ReadOnlySpan<int> state) => true;

    /// <summary>A step in words, for counterexamples.</summary>
    public abstract string Describe(ReadOnlySpan<int> from, Step step);
}

/// <summary>Takes successors.</summary>
public interface ISuccessors
{
    /// <summary>A successor.</summary>
    /// <param name="state">The state after the step.</param>
    /// <param name="step">The step, as <see cref="StateSpace.Describe"/> reads it.</param>
    /// <param name="fault">True for a fault: it need not happen, so that no good end may depend on it.</param>
    void Add(ReadOnlySpan<int> state, Step step, bool fault = false);

    /// <summary>The step leads to something that must never be.</summary>
    void Broken(string what, Step step);
}

/// <summary>A step, as its space numbers it.</summary>
public readonly record struct Step(int Kind, int A = 0, int B = 0, int C = 0);
