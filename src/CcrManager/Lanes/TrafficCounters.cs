namespace Ccr.CcrManager.Lanes;

/// <summary>What went in and out of one lane since its start. Written on the lane's thread, read by anybody.</summary>
internal sealed class TrafficCounters
{
    /// <summary>Inputs stepped.</summary>
    public long Inputs { get; set; }

    /// <summary>Turns: between them lie the times when nothing waited.</summary>
    public long Turns { get; set; }

    /// <summary>Messages sent on links.</summary>
    public long MessagesSent { get; set; }

    /// <summary>Messages sent to sessions.</summary>
    public long MessagesToSessions { get; set; }

    /// <summary>Forces of the log that something here waited for.</summary>
    public long ForcedWrites { get; set; }

    /// <summary>Batches of records handed to the log.</summary>
    public long BatchesToLog { get; set; }
}
