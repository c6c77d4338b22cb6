using System.Text;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager;

/// <summary>
/// The actions that stopped an earlier start (SEM-16): a small text file, one line an action with what happened.
/// At the next start each is not stepped but held in doubt, until an operator has resolved it.
/// </summary>
internal sealed class HeldActions
{
    private readonly string _path;
    private readonly SortedDictionary<string, (AtomicActionId Action, string Why)> _held = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    private HeldActions(string path) => _path = path;

    /// <summary>The actions.</summary>
    public IReadOnlyList<AtomicActionId> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _held.Values.Select(held => held.Action)];
            }
        }
    }

    /// <summary>Reads the file; empty when there is none.</summary>
    /// <exception cref="IOException">A line is none of ours; the message says what to do.</exception>
    public static HeldActions Load(string path)
    {
        HeldActions held = new(path);
        foreach (string line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            string name = space < 0 ? line : line[..space];
            if (!AtomicActionId.TryParse(name, out AtomicActionId? action))
            {
                throw new IOException(
                    $"The file {path}, which names the actions that are set aside, has the line '{line}', which "
                    + "names none: correct or remove the line.");
            }

            held._held[name] = (action, space < 0 ? "" : line[(space + 1)..]);
        }

        return held;
    }

    /// <summary>True when the action is set aside.</summary>
    public bool Contains(AtomicActionId action)
    {
        lock (_lock)
        {
            return _held.ContainsKey(action.ToString());
        }
    }

    /// <summary>Sets an action aside, durably.</summary>
    public void Add(AtomicActionId action, string why)
    {
        lock (_lock)
        {
            _held[action.ToString()] = (action, why.ReplaceLineEndings(" "));
            Save();
        }
    }

    /// <summary>An operator has dealt with the action: it is stepped again from the next start on.</summary>
    public bool Remove(AtomicActionId action)
    {
        lock (_lock)
        {
            bool was = _held.Remove(action.ToString());
            if (was)
            {
                Save();
            }

            return was;
        }
    }

    private void Save()
    {
        StringBuilder text = new();
        foreach ((string name, (_, string why)) in _held)
        {
            text.Append(name).Append(' ').Append(why).Append('\n');
        }

        DurableFile.Replace(_path, Encoding.UTF8.GetBytes(text.ToString()));
    }
}
