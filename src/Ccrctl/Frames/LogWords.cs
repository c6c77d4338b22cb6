using System.Globalization;
using System.Text.Json.Nodes;
using Ccr.Asn1;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Frames;

/// <summary>
/// The content of a record of the atomic-action log, as one line for people and as JSON for programs.
/// </summary>
internal static class LogWords
{
    public static string Of(LogContent content) => content switch
    {
        EpochRecord epoch => $"epoch              {epoch.Identity}, format {epoch.Format}",
        LogReady ready => $"log-ready          {ready.Action} branch {ready.Branch}, superior {ready.Superior.Node}"
            + Below(ready.Subordinates, ready.Servers),
        LogCommit commit => $"log-commit         {commit.Action}"
            + (commit.Superior is null ? "" : $" branch {commit.Branch}, superior {commit.Superior.Node}")
            + Below(commit.Subordinates, commit.Servers),
        Heuristic taken => $"heuristic          {taken.Action} branch {taken.Branch}, {taken.Decision} "
            + $"by {taken.Operator} at {Time(taken.TimeUs)}",
        LogDamage damage => $"log-damage         {damage.Action}, {Words.Of(damage.Outcome)}: "
            + string.Join("; ", damage.Damages.Select(Words.Of)) + (damage.Reported ? " (reported)" : ""),
        Forget forget => $"forget             {forget.Action}"
            + (forget.Branch is null ? "" : $" branch {forget.Branch}") + $", {Words.Of(forget.Outcome)}",
        Checkpoint point => $"checkpoint         part {point.Part} of {point.Parts}, {point.Live.Count} live records",
        OnePhaseServer server => $"one-phase-server   {server.Server}",
        OutcomeHorizon horizon => $"outcome-horizon    {horizon.Epoch}.{horizon.Counter}",
        OperatorNote note => $"operator-note      {note.Operator} at {Time(note.TimeUs)}: {note.Text}",
        _ => content.ToString(),
    };

    /// <summary>The value as CCR-Log.asn1 has it.</summary>
    public static JsonNode? ToJson(LogContent content)
    {
        BerWriter writer = new();
        content.Write(writer);
        return Asn1Schema.Ccr.Decode("CCR-Log", "Log-content", writer.Written.ToArray()).ToJson();
    }

    private static string Below(IReadOnlyList<Subordinate> subordinates, IReadOnlyList<ServerBranch> servers)
    {
        string[] below =
        [
            .. subordinates.Select(s => $"node {s.Node} ({s.Branch})"),
            .. servers.Select(s => $"{s.Server} ({s.Branch})"),
        ];
        return below.Length == 0 ? "" : $"; below: {string.Join(", ", below)}";
    }

    private static string Time(long timeUs) =>
        DateTimeOffset.UnixEpoch.AddMicroseconds(timeUs).ToString(
            "yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
