using Ccr.AtomicActionLog;
using Ccr.Client;

namespace Ccr.CcrManager;

/// <summary>
/// One slot of a root, claimed by this process: the folder of a node whose manager may run here. The claim is the
/// operating system's, so it ends with the process whatever happens (SEM-17).
/// </summary>
internal sealed class Slot : IDisposable
{
    private readonly IDisposable _claim;

    private Slot(string node, NodeLayout layout, IDisposable claim)
    {
        Node = node;
        Layout = layout;
        _claim = claim;
    }

    /// <summary>The node's name, "shop-1".</summary>
    public string Node { get; }

    /// <summary>The node's folder.</summary>
    public NodeLayout Layout { get; }

    /// <summary>Claims a slot whose folder is there; null when another has it.</summary>
    public static Slot? TryClaim(string node, NodeLayout layout)
    {
        try
        {
            // The same claim as that of ccr-manager, so that a slot's folder is never run by both.
            return new Slot(node, layout, layout.Claim("manager"));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// True when a manager has to run here to finish something: a log was begun, and since its last clean stop it was
    /// not marked as settled. Cheap, and right at any moment when nobody runs the slot: every start of a manager
    /// changes the log's mark before it promises anything.
    /// </summary>
    public static bool IsUnsettled(NodeLayout layout)
    {
        if (!LogInspector.HasBegun(layout.LogDirectory))
        {
            return false;
        }

        string? mark = LogInspector.CleanStop(layout.LogDirectory);
        return mark is null || NodeLayout.ReadAddress(SettledFile(layout)) != mark;
    }

    /// <summary>
    /// Notes that nothing is left to do for what stands in the log: after its clean stop, with the claim still held.
    /// </summary>
    public void MarkSettled()
    {
        if (LogInspector.CleanStop(Layout.LogDirectory) is { } mark)
        {
            NodeLayout.WriteAddress(SettledFile(Layout), mark);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _claim.Dispose();

    private static string SettledFile(NodeLayout layout) => Path.Combine(layout.Root, "settled");
}
