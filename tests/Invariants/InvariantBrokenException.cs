namespace Ccr.Invariants;

/// <summary>Something was observed that must never happen; the message names the rule and what was seen.</summary>
public sealed class InvariantBrokenException : Exception
{
    public InvariantBrokenException()
    {
    }

    public InvariantBrokenException(string message)
        : base(message)
    {
    }

    public InvariantBrokenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="rule">"I1" to "I12", "V1", "V2" (docs/FAULT-MODEL.md).</param>
    /// <param name="what">What was seen, in a sentence.</param>
    public InvariantBrokenException(string rule, string what)
        : this($"{rule}: {what}") => Rule = rule;

    /// <summary>The rule that was broken.</summary>
    public string Rule { get; } = "";
}
