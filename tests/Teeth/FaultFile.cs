using System.Text;

namespace Ccr.Teeth;

/// <summary>
/// Reads a fault's file. It has a line <c>says:</c>, may have a line <c>hunter:</c>, and then changes: a line
/// <c>file:</c>, a line <c>find:</c> with the lines of the source under it, a line <c>with:</c> with their replacement.
/// </summary>
internal static class FaultFile
{
    /// <exception cref="FormatException">The file is not written so; the message says where.</exception>
    public static SeededFault Parse(string name, IEnumerable<string> lines)
    {
        string says = "";
        Hunter hunter = Hunter.Simulator;
        List<Change> changes = [];
        string file = "";
        StringBuilder find = new();
        StringBuilder with = new();
        StringBuilder? into = null;
        foreach (string line in lines)
        {
            if (Value(line, "says:") is { } sentence)
            {
                says = sentence;
            }
            else if (Value(line, "hunter:") is { } who)
            {
                hunter = Enum.Parse<Hunter>(who);
            }
            else if (Value(line, "file:") is { } path)
            {
                Close();
                file = path;
            }
            else if (line is "find:" or "with:")
            {
                into = line == "find:" ? find : with;
            }
            else if (into is not null)
            {
                into.Append(line).Append('\n');
            }
            else if (line.Length > 0)
            {
                throw new FormatException($"{name}: '{line}' stands before the first 'find:'.");
            }
        }

        Close();
        return says.Length > 0 && changes.Count > 0
            ? new SeededFault(name, says, hunter, changes)
            : throw new FormatException($"{name}: a fault needs 'says:' and at least one 'file:' with a change.");

        void Close()
        {
            if (find.Length > 0)
            {
                changes.Add(new Change(file, find.ToString(), with.ToString()));
                find.Clear();
                with.Clear();
            }

            into = null;
        }
    }

    private static string? Value(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length ? line[key.Length..].Trim() : null;
}
