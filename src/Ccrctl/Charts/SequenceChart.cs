using System.Globalization;
using System.Text;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Charts;

/// <summary>
/// Draws the trace of one atomic action as a sequence chart, as the paper's figure 7 does: a lifeline for the Client,
/// each CCR Manager and each Server, time running down, one line an event.
/// </summary>
public sealed class SequenceChart
{
    private const string TimeHeader = "ms";
    private const int TimeColumns = 12;
    private const int GapMin = 4;
    private const long PauseUs = 250_000;
    private const string AssociationLost = "association lost";

    private readonly IReadOnlyList<TraceEvent> _events;
    private readonly Lifelines _lifelines;
    private readonly int[] _at;

    private SequenceChart(IReadOnlyList<TraceEvent> events)
    {
        _events = events;
        _lifelines = Lifelines.Of(events);
        _at = Positions();
    }

    /// <summary>The chart as lines of text; empty when there is no event.</summary>
    public static string Render(IEnumerable<TraceEvent> events)
    {
        IReadOnlyList<TraceEvent> ordered = TraceOrder.Of(events);
        return ordered.Count == 0 ? "" : new SequenceChart(ordered).Draw();
    }

    private string Draw()
    {
        StringBuilder chart = new();
        Line(chart, Header());
        long first = _events[0].TimeUs;
        long before = first;
        foreach (TraceEvent item in _events)
        {
            if (item.TimeUs - before >= PauseUs)
            {
                Line(chart, Pause(item.TimeUs - before));
            }

            before = item.TimeUs;
            char[] row = Row('│');
            Put(row, 0, Milliseconds(item.TimeUs - first).PadLeft(TimeColumns - 3));
            (int from, int to) = EndsOf(item);
            if (from == to)
            {
                Put(row, _at[from], "● " + item.What);
            }
            else
            {
                Arrow(row, _at[from], _at[to], item.What);
            }

            Line(chart, row);
        }

        return chart.ToString();
    }

    /// <summary>The lifelines of an event; the same one twice for what happens at one of them.</summary>
    private (int From, int To) EndsOf(TraceEvent item)
    {
        int from = _lifelines.IndexOf(item.From);
        int to = _lifelines.IndexOf(item.To);
        bool isNote = from < 0 || to < 0 || item.What == AssociationLost;
        int at = from < 0 ? to : from;
        return isNote ? (at, at) : (from, to);
    }

    private static void Arrow(char[] row, int from, int to, string label)
    {
        int left = Math.Min(from, to);
        int right = Math.Max(from, to);
        for (int i = left + 1; i < right; i++)
        {
            row[i] = '─';
        }

        bool rightward = from < to;
        row[left] = rightward ? '├' : '│';
        row[right] = rightward ? '│' : '┤';
        row[rightward ? right - 1 : left + 1] = rightward ? '▶' : '◀';
        string text = $" {label} ";
        int middle = left + 1 + Math.Max(0, (right - left - 1 - text.Length) / 2);
        Put(row, rightward ? Math.Min(middle, left + 3) : Math.Max(middle, right - 2 - text.Length), text);
    }

    private char[] Header()
    {
        char[] row = Row(' ');
        Put(row, TimeColumns - 3 - TimeHeader.Length, TimeHeader);
        for (int i = 0; i < _lifelines.Count; i++)
        {
            Put(row, HeaderStart(i), _lifelines[i]);
        }

        return row;
    }

    private char[] Pause(long pauseUs)
    {
        char[] row = Row('┆');
        Put(row, 0, $"{pauseUs / 1e6,7:0.0} s ..".PadLeft(TimeColumns - 1));
        return row;
    }

    private char[] Row(char lifeline)
    {
        char[] row = new char[_at[^1] + 80];
        Array.Fill(row, ' ');
        foreach (int at in _at)
        {
            row[at] = lifeline;
        }

        return row;
    }

    private int HeaderStart(int lifeline) => _at[lifeline] - (_lifelines[lifeline].Length / 2);

    /// <summary>As close together as headers, labels and notes allow.</summary>
    private int[] Positions()
    {
        int[] at = new int[_lifelines.Count];
        at[0] = TimeColumns + (_lifelines[0].Length / 2);
        for (int i = 1; i < at.Length; i++)
        {
            int halves = _lifelines[i - 1].Length - (_lifelines[i - 1].Length / 2) + (_lifelines[i].Length / 2);
            at[i] = at[i - 1] + halves + GapMin;
            foreach (TraceEvent item in _events)
            {
                (int from, int to) = EndsOf(item);
                int left = Math.Min(from, to);
                int right = from == to ? left + 1 : Math.Max(from, to);
                int room = item.What.Length + (from == to ? 4 : 7);
                if (right == i)
                {
                    at[i] = Math.Max(at[i], at[left] + room);
                }
            }
        }

        return at;
    }

    private static string Milliseconds(long us) => (us / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);

    private static void Put(char[] row, int start, string text)
    {
        for (int i = 0; i < text.Length && start + i < row.Length; i++)
        {
            row[Math.Max(0, start) + i] = text[i];
        }
    }

    private static void Line(StringBuilder chart, char[] row) => chart.Append(new string(row).TrimEnd()).Append('\n');
}
