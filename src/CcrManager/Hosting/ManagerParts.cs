using Ccr.AtomicActionLog;
using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Client;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>What a manager is made of that tests may replace.</summary>
/// <param name="OpenLog">Opens the node's log, and so takes the next epoch.</param>
/// <param name="MakeCore">Makes the core of one lane: (lane, lanes).</param>
internal sealed record ManagerParts(
    Func<CcrManagerOptions, NodeLayout, ILogger, IAtomicActionLog> OpenLog,
    Func<CcrManagerOptions, int, int, TimeProvider, ILaneCore> MakeCore)
{
    /// <summary>The real log and the real core.</summary>
    public static ManagerParts Real { get; } = new(OpenRealLog, CoreLane.Make);

    private static FasterAtomicActionLog OpenRealLog(CcrManagerOptions options, NodeLayout layout, ILogger logger)
    {
        FasterAtomicActionLog log = FasterAtomicActionLog.Open(new LogOptions
        {
            Directory = layout.LogDirectory,
            Node = NodeName.Parse(options.Node),
            LimitBytes = options.LogLimitBytes,
            AllowVolatileDirectory = options.AllowVolatileDirectory,
        });
        foreach (string notice in log.Notices)
        {
            ManagerLog.LogNotice(logger, notice);
        }

        return log;
    }
}
