namespace Ccr.Ccrctl;

/// <summary>
/// Examples for --help. They work when pasted after the README's two "up" commands, in the folder where those ran.
/// </summary>
public static class Examples
{
    /// <summary>The data folder of the README's first node.</summary>
    public const string Data = "data/tokyo";

    /// <summary>The examples of "run": open two accounts, move money between them, look at them.</summary>
    public static IReadOnlyList<string> Run { get; } =
    [
        "run 'tokyo.files:accounts/alice write 100' 'osaka.files:accounts/bob write 50'",
        "run 'tokyo.files:accounts/alice add -30 min 0' 'osaka.files:accounts/bob add 30'",
        "run 'tokyo.files:accounts/alice read' 'osaka.files:accounts/bob read'",
    ];

    /// <summary>The section for one command; empty where the usage says all.</summary>
    internal static string Of(string command, string invokedAs)
    {
        IEnumerable<string> lines = command switch
        {
            "run" => Run,
            "decode" =>
            [
                "decode 6a0c...",
                "decode --file frames.ber --json",
            ],
            "resolve" => ["resolve tokyo:3.42 --rollback"],
            _ => [],
        };
        string[] all = [.. lines.Select(l => $"  {invokedAs} --data {Data} {l}\n")];
        return all.Length == 0 ? "" : $"Examples:\n{string.Concat(all)}\n";
    }
}
