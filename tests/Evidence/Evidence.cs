using System.Globalization;
using System.Text.Json;

namespace Ccr.Evidence;

/// <summary>
/// What one run of a layer of the verification really did, for the ledger docs/TESTING.md. Only counters that the run
/// counted itself belong here, never an aim. Written as JSON to the folder that the environment variable
/// <c>CCR_EVIDENCE</c> names; nowhere when it is not set. <c>CCR_EVIDENCE_COMMIT</c> says of which commit the run is.
/// </summary>
public sealed class Evidence
{
    private readonly string _layer;
    private readonly string _part;
    private readonly long _startTicks = Environment.TickCount64;
    private readonly List<(string What, double Count)> _counts = [];
    private readonly List<string> _found = [];

    /// <param name="layer">
    /// model, explorer, simulator, teeth, log-damage, processes, databases, histories, hostile-bytes or artemis.
    /// </param>
    /// <param name="part">Which run of that layer, in a word or two: "2 subordinates", "partitions".</param>
    public Evidence(string layer, string part)
    {
        _layer = layer;
        _part = part;
    }

    /// <summary>Notes a counter: what was counted ("distinct states", "kills"), and how many.</summary>
    public Evidence Count(string what, double count)
    {
        _counts.Add((what, count));
        return this;
    }

    /// <summary>Notes something that was found wrong, in a sentence, with what repeats it.</summary>
    public Evidence Found(string what)
    {
        _found.Add(what);
        return this;
    }

    /// <summary>Writes the file, if a folder is named.</summary>
    public void Write()
    {
        string? folder = Environment.GetEnvironmentVariable("CCR_EVIDENCE");
        if (string.IsNullOrEmpty(folder))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        string name = $"{_layer}.{_part}".Replace(' ', '-').Replace('/', '-');
        using FileStream file = File.Create(Path.Combine(folder, name + ".json"));
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("layer", _layer);
        json.WriteString("part", _part);
        json.WriteString("commit", Environment.GetEnvironmentVariable("CCR_EVIDENCE_COMMIT") ?? "unknown");
        json.WriteString("when", DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteNumber("seconds", Math.Round((Environment.TickCount64 - _startTicks) / 1000.0, 1));
        json.WriteStartObject("counts");
        foreach ((string what, double count) in _counts)
        {
            json.WriteNumber(what, count);
        }

        json.WriteEndObject();
        json.WriteStartArray("found");
        foreach (string what in _found)
        {
            json.WriteStringValue(what);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
