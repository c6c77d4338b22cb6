using System.CommandLine;
using System.Globalization;
using Ccr.Artemis;
using Ccr.Ccrctl.Nodes;

namespace Ccr.Ccrctl.Commands;

/// <summary>What the commands of ccrctl artemis share.</summary>
internal sealed class ArtemisOptions(CommandContext context)
{
    private static readonly (string Ending, double Factor)[] Times =
        [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];

    private static readonly (string Ending, double Factor)[] Sizes =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40)];

    public CommandContext Context { get; } = context;

    public Terminal Terminal => Context.Terminal;

    public Option<string?> Directory { get; } = new("--dir")
    {
        Description = "the folder of all groups; else the user's own, ~/.local/state/ccr/artemis",
        HelpName = "DIR",
    };

    public static Argument<string> GroupArgument() => new("NAME") { Description = "the group, as list prints it" };

    public string DirectoryOf(ParseResult parse) => parse.GetValue(Directory) ?? ArtemisFolder.Default;

    /// <summary>The folder of a group, which may be new.</summary>
    public GroupFolder FolderOf(ParseResult parse, string name)
    {
        try
        {
            return new GroupFolder(DirectoryOf(parse), name);
        }
        catch (ArgumentException wrong)
        {
            throw new CommandFailedException(ExitCodes.Usage, wrong.Message, wrong);
        }
    }

    /// <summary>The folder of a group that there has to be.</summary>
    public GroupFolder ExistingOf(ParseResult parse, string name)
    {
        GroupFolder folder = FolderOf(parse, name);
        return folder.Exists ? folder : throw new CommandFailedException(
            ExitCodes.Refused,
            $"There is no group '{name}' in {DirectoryOf(parse)}: see 'artemis list', or name another --dir.");
    }

    /// <summary>The node whose manager decides, where one is named; null: the group's own manager.</summary>
    public string? NodeOf(ParseResult parse)
    {
        string? named = parse.GetValue(Context.Data) ?? Environment.GetEnvironmentVariable(NodeChoice.Variable);
        return string.IsNullOrEmpty(named) ? null : Path.GetFullPath(named);
    }

    /// <summary>"500ms", "2s", "5min".</summary>
    public static int MillisecondsOf(string? text) => (int)Measure(text, Times, "a time such as 500ms, 2s or 5min");

    /// <summary>"512MiB", "4GiB".</summary>
    public static long OctetsOf(string? text) => (long)Measure(text, Sizes, "a size such as 512MiB or 4GiB");

    public static string Size(long octets) => octets switch
    {
        < 1 << 10 => $"{octets} B",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1024.0:F1} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1048576.0:F1} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{octets / 1073741824.0:F2} GiB"),
    };

    public static string Pause(long ns) =>
        string.Create(CultureInfo.InvariantCulture, $"{ns / 1e6:F2} ms");

    private static double Measure(string? text, (string Ending, double Factor)[] units, string what)
    {
        if (text is null)
        {
            return 0;
        }

        foreach ((string ending, double factor) in units)
        {
            if (text.EndsWith(ending, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(
                    text.AsSpan(0, text.Length - ending.Length), CultureInfo.InvariantCulture, out double value)
                && value > 0)
            {
                return value * factor;
            }
        }

        throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is not {what}.");
    }
}
