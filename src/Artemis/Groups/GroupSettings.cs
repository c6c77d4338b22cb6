using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ccr.Artemis;

/// <summary>How a group is kept: group.json in its folder.</summary>
public sealed record GroupSettings
{
    internal const string FileName = "group.json";

    /// <summary>How many committed checkpoints can be restarted from; older ones are folded.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Octets that the group's segments may have on the disk; 0: as many as there are.</summary>
    public long SpaceLimitOctets { get; init; }

    /// <summary>A checkpoint is taken so often; 0: only when an action asks for it.</summary>
    public int EveryMs { get; init; }

    /// <summary>The oldest kept checkpoint is folded when it builds on so many segments.</summary>
    public int ChainMax { get; init; } = 16;

    /// <summary>The data folder of the node whose manager decides; null: the group's own manager.</summary>
    public string? Node { get; init; }

    /// <summary>The settings of a group, or null when it has none.</summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static GroupSettings? Read(GroupFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string path = Path.Combine(folder.Root, FileName);
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize(File.ReadAllText(path), GroupSettingsForm.Default.GroupSettings)
                : null;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"'{path}' does not hold the settings of a group ({e.Message}): correct it, or remove the file.", e);
        }
    }

    internal void Write(string folder)
    {
        string path = Path.Combine(folder, FileName);
        File.WriteAllText(path + ".fresh", Text() + "\n");
        File.Move(path + ".fresh", path, overwrite: true);
    }

    private string Text() => JsonSerializer.Serialize(this, GroupSettingsForm.Default.GroupSettings);
}

/// <summary>The form of group.json, made when Ccr is built: a program without a compiler reads it too.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(GroupSettings))]
internal sealed partial class GroupSettingsForm : JsonSerializerContext;
