namespace Ccr.Histories.ListAppend;

/// <summary>Why one transaction stands before another.</summary>
[Flags]
internal enum EdgeKinds : byte
{
    None = 0,

    /// <summary>Its append stands right before the other's in a list.</summary>
    WriteWrite = 1,

    /// <summary>The other read its append.</summary>
    WriteRead = 2,

    /// <summary>It read a list as it was before the other's append: an anti-dependency.</summary>
    ReadWrite = 4,

    /// <summary>It had ended before the other was invoked.</summary>
    RealTime = 8,

    /// <summary>What carries data.</summary>
    Dependencies = WriteWrite | WriteRead,

    /// <summary>Everything.</summary>
    All = WriteWrite | WriteRead | ReadWrite | RealTime,
}

/// <summary>An edge, by the number of the node that it leads to.</summary>
/// <param name="To">The later node.</param>
/// <param name="Kind">One kind.</param>
/// <param name="Key">The list by which it is known; meaningless for real time.</param>
internal readonly record struct Edge(int To, EdgeKinds Kind, int Key);
