using Ccr.Client;

namespace Ccr.Attack;

/// <summary>One of the actions that are killed at every call.</summary>
/// <param name="Name">In words.</param>
/// <param name="Writes">The Servers whose file "k" it replaces.</param>
/// <param name="Reads">The Servers whose file "r" it only reads.</param>
/// <param name="Refuses">It ends refused by its subordinate.</param>
internal sealed record ScriptedAction(
    string Name, IReadOnlyList<string> Writes, IReadOnlyList<string> Reads, bool Refuses = false)
{
    private const string Written = "k";
    private const string Read = "r";

    public static ScriptedAction OnePhase { get; } = new("a local one-phase write", ["tokyo.files"], []);

    public static ScriptedAction TwoServers { get; } =
        new("two Servers on one node", ["tokyo.files", TwoNodes.Second], []);

    public static ScriptedAction Commit { get; } =
        new("two nodes, commit", ["tokyo.files", "osaka.files"], []);

    public static ScriptedAction Refusal { get; } =
        new("two nodes, the subordinate refuses", ["tokyo.files", "osaka.files"], [], Refuses: true);

    public static ScriptedAction NoChange { get; } =
        new("a subordinate without change", ["tokyo.files", TwoNodes.Second], ["osaka.files"]);

    /// <summary>Lays down the files, with the first content.</summary>
    public void Prepare(TwoNodes nodes, string content)
    {
        foreach (string server in Writes)
        {
            File.WriteAllText(nodes.NodeOf(server).PathOf(server, Written), content);
        }

        foreach (string server in Reads)
        {
            File.WriteAllText(nodes.NodeOf(server).PathOf(server, Read), "read");
        }
    }

    /// <summary>Runs it once: all its files get the content.</summary>
    public Task<Told> RunAsync(TwoNodes nodes, string content)
    {
        string[] servers = [.. Writes, .. Reads, .. Refuses ? new[] { Refuser.Name } : []];
        return Told.OfAsync(nodes.Client, servers, async action =>
        {
            foreach (string server in Writes)
            {
                await nodes.Files.ReplaceTextAsync(action, server, Written, content);
            }

            foreach (string server in Reads)
            {
                Assert.Equal("read", await nodes.Files.ReadTextAsync(action, server, Read));
            }
        });
    }

    /// <summary>
    /// What each file has on the disk, "" where somebody still holds it: an exclusive flock is refused then.
    /// </summary>
    public IReadOnlyList<string> Contents(TwoNodes nodes) => [.. Writes.Select(server =>
    {
        try
        {
            using FileStream file = new(
                nodes.NodeOf(server).PathOf(server, Written), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            using StreamReader reader = new(file);
            return reader.ReadToEnd();
        }
        catch (IOException)
        {
            return "";
        }
    })];
}
