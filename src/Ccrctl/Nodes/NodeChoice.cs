using Ccr.Client;

namespace Ccr.Ccrctl.Nodes;

/// <summary>Which node a command is for: --data, else CCR_DATA, else the one node at hand.</summary>
public static class NodeChoice
{
    /// <summary>The environment variable that names a node's data folder.</summary>
    public const string Variable = "CCR_DATA";

    private const string ManagerSocket = "manager.sock";

    /// <summary>The node that is meant.</summary>
    /// <exception cref="CommandFailedException">None is named, and none or several lie at hand.</exception>
    public static NodeLayout Of(string? data)
    {
        string? named = string.IsNullOrEmpty(data) ? Environment.GetEnvironmentVariable(Variable) : data;
        return new NodeLayout(string.IsNullOrEmpty(named) ? AtHand(Directory.GetCurrentDirectory()) : named);
    }

    /// <summary>The one node in, or one or two folders below, a folder: ".", "./data" or "./data/NAME".</summary>
    internal static string AtHand(string folder)
    {
        string data = Path.Combine(folder, "data");
        foreach (string candidate in new[] { folder, data })
        {
            if (File.Exists(Path.Combine(candidate, ManagerSocket)))
            {
                return candidate;
            }
        }

        string[] below = !Directory.Exists(data)
            ? []
            : [.. Directory.GetDirectories(data).Where(d => File.Exists(Path.Combine(d, ManagerSocket))).Order()];
        return below.Length switch
        {
            1 => below[0],
            0 => throw new CommandFailedException(
                ExitCodes.Usage, $"Which node? Name its data folder with --data DIR, or in {Variable}."),
            _ => throw new CommandFailedException(
                ExitCodes.Usage,
                $"Which node? There are {string.Join(", ", below.Select(Path.GetFileName))}: "
                + $"name its data folder with --data DIR, or in {Variable}."),
        };
    }
}
