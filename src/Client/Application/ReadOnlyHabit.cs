using System.Collections.Concurrent;

namespace Ccr.Client;

/// <summary>
/// Whether actions over the same databases have lately had branches that changed nothing. Only then is it asked before
/// the first phase: with one writer left, two phases are spared; where all write, the question would cost and gain
/// nothing.
/// </summary>
internal sealed class ReadOnlyHabit
{
    private const int Memory = 64;
    private const int SetsMax = 1_000;

    private readonly ConcurrentDictionary<string, int> _left = new(StringComparer.Ordinal);

    /// <summary>True when it pays to ask.</summary>
    public bool Expects(string databases)
    {
        if (!_left.TryGetValue(databases, out int left) || left <= 0)
        {
            return false;
        }

        _left[databases] = left - 1;
        return true;
    }

    /// <summary>A branch of an action over these databases changed nothing.</summary>
    public void Seen(string databases)
    {
        if (_left.Count < SetsMax || _left.ContainsKey(databases))
        {
            _left[databases] = Memory;
        }
    }
}
