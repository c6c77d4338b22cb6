namespace Ccr.Explorer.World;

/// <summary>What can happen between nodes.</summary>
internal enum WorldStepKind
{
    /// <summary>A: node; B: which of its own steps; C: 0, or which crash behind an output + 1.</summary>
    Local,

    /// <summary>A: link; B: end that gets its next frame; C as above.</summary>
    Deliver,

    /// <summary>A: link; B: end that learns that it is over; C as above.</summary>
    Down,

    /// <summary>A: link that breaks.</summary>
    Lose,

    /// <summary>A: node; B: peer that it reaches.</summary>
    Connect,

    /// <summary>A: node; B: peer that it does not reach; C as above.</summary>
    NoConnect,

    /// <summary>A: which loose message arrives; C as above.</summary>
    LooseArrives,

    /// <summary>A: which loose message is lost.</summary>
    LooseLost,

    /// <summary>A: node that is late: all others go on until they can do no more.</summary>
    Late,
}
