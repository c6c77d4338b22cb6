using Ccr.Protocol;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager;

/// <summary>
/// Where the managers that live in an application's processes keep their logs: the configuration section
/// "CcrEmbedded". Times in milliseconds.
/// </summary>
public sealed class EmbeddedCcrManagerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "CcrEmbedded";

    /// <summary>
    /// The folder that all processes of the application on this machine share; a slot is a folder in it. It has to
    /// survive the processes: a volume, not a container's own layer.
    /// </summary>
    public string Root { get; set; } = "";

    /// <summary>The application's name: slots, and so nodes, are called NAME-1, NAME-2 and so on.</summary>
    public string Application { get; set; } = "";

    /// <summary>How many slots there may be: processes at a time, and dead ones that are not finished yet.</summary>
    public int SlotsMax { get; set; } = 64;

    /// <summary>How often a dead neighbour is looked for; each wait is jittered by up to a half (SEM-17).</summary>
    public int LookIntervalMs { get; set; } = 2_000;

    /// <summary>An adopted log is given up when nothing of it was live for so long.</summary>
    public int QuietMs { get; set; } = 3_000;

    /// <summary>
    /// How long an adopted log is kept because a node that it knows was not reached: that node may be in doubt.
    /// </summary>
    public int PeersPatienceMs { get; set; } = 600_000;

    /// <summary>The wait before a log that could not be adopted, or failed then, is tried again.</summary>
    public int RetryMs { get; set; } = 30_000;

    /// <summary>
    /// Sets more of each manager's options, after the configuration section "Ccr"; node and folder come from the slot.
    /// </summary>
    public Action<CcrManagerOptions>? ConfigureManager { get; set; }
}

/// <summary>Checks the options before anything is opened; each failure is a sentence that says what to do.</summary>
public sealed class EmbeddedCcrManagerOptionsValidator : IValidateOptions<EmbeddedCcrManagerOptions>
{
    /// <summary>The most slots of one root.</summary>
    public const int SlotsMax = 999;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, EmbeddedCcrManagerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> wrong = [.. Check(options)];
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Check(EmbeddedCcrManagerOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Root))
        {
            yield return "The embedded manager has no root: set Root to a folder that all processes of the application "
                + "on this machine share.";
        }

        if (options.SlotsMax is < 1 or > SlotsMax)
        {
            yield return $"{options.SlotsMax} slots cannot be: use 1 to {SlotsMax}.";
        }

        if (options.Application.Length == 0)
        {
            yield return "The embedded manager's application has no name: set Application, for example to shop.";
        }
        else if (!NodeName.TryParse($"{options.Application}-{options.SlotsMax}", out _))
        {
            yield return $"'{options.Application}' cannot name nodes: with '-{options.SlotsMax}' behind it, it has to "
                + $"be 1 to {Limits.NodeNameOctetsMax} characters of a-z, 0-9 and '-'.";
        }

        (string Name, int Value)[] times =
        [
            (nameof(options.LookIntervalMs), options.LookIntervalMs), (nameof(options.QuietMs), options.QuietMs),
            (nameof(options.PeersPatienceMs), options.PeersPatienceMs), (nameof(options.RetryMs), options.RetryMs),
        ];
        foreach ((string name, int value) in times)
        {
            if (value <= 0)
            {
                yield return $"{name} is {value}: it must be more than 0 milliseconds.";
            }
        }
    }
}
