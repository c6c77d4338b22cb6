using System.Globalization;
using System.Text.Json.Nodes;

namespace Ccr.Demo;

/// <summary>What happened, in words for a person and in one JSON object for a program.</summary>
internal sealed record Report(
    int Committed, int Refused, int Retried, int Deadlocks, long InDoubt, int Recovered, int Kills, long TotalBefore,
    long TotalAfter, double Seconds)
{
    public JsonObject ToJson() => new()
    {
        ["committed"] = Committed,
        ["refused"] = Refused,
        ["retried"] = Retried,
        ["deadlocks"] = Deadlocks,
        ["inDoubt"] = InDoubt,
        ["recovered"] = Recovered,
        ["kills"] = Kills,
        ["totalBefore"] = TotalBefore,
        ["totalAfter"] = TotalAfter,
        ["seconds"] = Math.Round(Seconds, 1),
    };

    public string ToWords(int accounts) => string.Create(CultureInfo.InvariantCulture, $"""
        {Committed} transfers committed, {Refused} were refused, each for its own reason, in {Seconds:0.0} s.
        {Kills} times a manager was killed with kill -9; {Recovered} atomic actions were ended by C-RECOVER afterwards.
        {Retried} attempts were tried again as new actions, {Deadlocks} of them as victims of a deadlock.
        All {accounts} accounts equal the replay, nothing is in doubt or locked; the money is what it was, {TotalAfter}.
        """);
}
