using System.Globalization;
using System.Text.RegularExpressions;

namespace Ccr.Histories.Tests;

/// <summary>
/// A history written by hand, a call a line: PROCESS, a mark, and what it does. Without a mark it is invoked and told
/// ok; "!" failed; "?" in doubt; "(" invoked and no more; ")" told ok later. "a1=5" appends 5 to list 1, "r1=1,2" reads
/// list 1 as [1 2], "r1=" as empty; "0>1:5" moves 5 from account 0 to 1, "b95,105" reads all accounts.
/// </summary>
internal static partial class Written
{
    private const StringSplitOptions EmptyOut =
        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    public static List<HistoryEvent> Events(string text)
    {
        List<HistoryEvent> events = [];
        foreach (string line in text.Split('\n', EmptyOut))
        {
            Match match = Line().Match(line);
            Assert.True(match.Success, line);
            int process = int.Parse(match.Groups["process"].Value, CultureInfo.InvariantCulture);
            Operation told = OperationOf(match.Groups["what"].Value);
            string mark = match.Groups["mark"].Value;
            void Add(EventType type, Operation operation) => events.Add(
                new HistoryEvent(process, events.Count, events.Count * 1000, type, operation)
                {
                    Action = type == EventType.Invoke ? null : $"a{process}",
                });
            if (mark != ")")
            {
                Add(EventType.Invoke, AskedBy(told));
            }

            if (mark != "(")
            {
                Add(mark switch { "!" => EventType.Fail, "?" => EventType.Info, _ => EventType.Ok }, told);
            }
        }

        return events;
    }

    private static Operation AskedBy(Operation told) => told switch
    {
        ListTransaction list => new ListTransaction([.. list.Micros.Select(m => m with { List = null })]),
        ReadBalances => new ReadBalances(null),
        _ => told,
    };

    private static Operation OperationOf(string what)
    {
        if (what.StartsWith('b'))
        {
            return new ReadBalances([.. Numbers(what[1..]).Select(n => (long)n)]);
        }

        if (what.Contains('>'))
        {
            int[] parts = Numbers(what.Replace('>', ',').Replace(':', ','));
            return new Transfer(parts[0], parts[1], parts[2]);
        }

        return new ListTransaction([.. what.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(MicroOf)]);
    }

    private static Micro MicroOf(string text)
    {
        string[] parts = text[1..].Split('=');
        int key = Numbers(parts[0])[0];
        return text[0] == 'a' ? Micro.Append(key, Numbers(parts[1])[0]) : Micro.Read(key, Numbers(parts[1]));
    }

    private static int[] Numbers(string list) => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(n => int.Parse(n, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^(?<process>\d+)(?<mark>[!?()]?)\s*(?<what>.*)$")]
    private static partial Regex Line();
}
