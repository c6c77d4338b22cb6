using Ccr.AtomicActionLog.Recovery;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.LogDamage.Tests.Disks;

namespace Ccr.LogDamage.Tests.Oracle;

/// <summary>What a start would say to an image: a log, a refusal in words, or neither when there is no log.</summary>
internal sealed record Judgement(RecoveredLog? Log, string? Refusal)
{
    internal static Judgement Of(DiskImage image)
    {
        LogFiles files = new(MemoryDisk.Root, new MemoryDisk(image));
        try
        {
            if (LogIdentityFile.Read(files) is { } identity)
            {
                return new Judgement(LogRecovery.Run(files, identity), null);
            }

            return new Judgement(null, files.Segments().Count == 0 ? null : "records, but no identity");
        }
        catch (LogFailedException refused)
        {
            return new Judgement(null, refused.Message);
        }
    }
}
