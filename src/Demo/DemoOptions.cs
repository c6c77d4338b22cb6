namespace Ccr.Demo;

/// <summary>How the demo was asked for.</summary>
/// <param name="Json">End with one JSON object, print nothing else to the output.</param>
/// <param name="Keep">Leave the nodes' folders there.</param>
internal sealed record DemoOptions(bool Json, bool Keep)
{
    /// <summary>Null when the command line is wrong, or only help was asked for.</summary>
    public static DemoOptions? Read(string[] args, TextWriter error)
    {
        DemoOptions options = new(args.Contains("--json"), args.Contains("--keep"));
        string[] unknown = [.. args.Where(a => a is not ("--json" or "--keep"))];
        if (unknown.Length == 0)
        {
            return options;
        }

        error.WriteLine("./ccr demo [--json] [--keep]");
        error.WriteLine("  --json  ends with one JSON object; progress goes to the error stream");
        error.WriteLine("  --keep  leaves the nodes' folders, with their logs and what their services printed");
        return null;
    }
}
