using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Recovery;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.LogDamage.Tests.Disks;

namespace Ccr.LogDamage.Tests.Damage;

/// <summary>
/// Judges damaged copies of a <see cref="WrittenLog"/> against what its writer knows, and counts. A log gives
/// everything that was promised, or is refused in words; it never gives anything but a prefix of what was written.
/// What SEM-18 cannot see is a loss above the witness that no whole record vouches for: those are counted.
/// </summary>
internal sealed class Damages(WrittenLog log, string part)
{
    private readonly Evidence.Evidence _evidence = new("log-damage", part);
    private readonly LogFiles _files = new(MemoryDisk.Root, new MemoryDisk(log.Image));
    private readonly LogIdentityFile _identity =
        LogIdentityFile.Read(new LogFiles(MemoryDisk.Root, new MemoryDisk(log.Image)))!;

    internal long Cases { get; private set; }

    internal long Whole { get; private set; }

    internal long Refused { get; private set; }

    /// <summary>Nothing was left of the log: there is a new one.</summary>
    internal long Begun { get; private set; }

    internal long AtTheLimit { get; private set; }

    internal long AtTheLimitBehindAHole { get; private set; }

    /// <summary>Judges the log's image as it is now, which some case made.</summary>
    /// <param name="what">The case, in words.</param>
    /// <param name="witnessed">What the witness still says.</param>
    /// <param name="intact">True when nothing of the records was touched: then all must come back.</param>
    internal void Judge(Func<string> what, long witnessed, bool intact = false)
    {
        Cases++;
        RecoveredLog found;
        try
        {
            found = LogRecovery.Run(_files, _identity);
        }
        catch (LogFailedException refused)
        {
            Assert.False(intact, $"{what()}: {refused.Message}");
            Assert.EndsWith("Nothing was changed.", refused.Message, StringComparison.Ordinal);
            Refused++;
            return;
        }

        Assert.True(
            found.Live.Snapshot().SequenceEqual(log.History.LiveAfter(found.LastSequence)),
            $"{what()}: what came back after record {found.LastSequence} was never written so");
        Count(what, log.Image, witnessed, intact, found.LastSequence);
    }

    /// <summary>Starts a copy of an image, as a manager would.</summary>
    internal void Start(Func<string> what, DiskImage image, long witnessed, bool mayBegin = false)
    {
        Cases++;
        try
        {
            using FasterAtomicActionLog started =
                FasterAtomicActionLog.Open(log.Options(new MemoryDisk(new DiskImage(image))));
            long last = started.LastSequence - 1;
            Assert.True(last > 0 || mayBegin, $"{what()}: a new log in place of the old one");
            Assert.True(started.Recovered.SequenceEqual(log.History.LiveAfter(last)), what());
            if (last > 0)
            {
                Count(what, image, witnessed, intact: false, last);
            }
            else
            {
                Begun++;
            }
        }
        catch (LogFailedException refused)
        {
            Assert.Contains(' ', refused.Message);
            Refused++;
        }
    }

    internal void Write()
    {
        string counts = $"{Cases} cases: {Whole} recovered whole, {Refused} refused, {Begun} a new log, "
            + $"{AtTheLimit} at the limit of SEM-18"
            + $" and {AtTheLimitBehindAHole} more with whole records of the same write behind";
        Assert.True(Cases == Whole + Refused + Begun + AtTheLimit + AtTheLimitBehindAHole, counts);
        _evidence.Count("cases", Cases).Count("recovered whole", Whole).Count("refused", Refused)
            .Count("nothing left, a new log", Begun)
            .Count("at the limit of SEM-18, nothing whole behind", AtTheLimit)
            .Count("at the limit of SEM-18, whole records of the same write behind", AtTheLimitBehindAHole).Write();
        Console.WriteLine($"{part}: {counts}.");
    }

    private void Count(Func<string> what, DiskImage image, long witnessed, bool intact, long last)
    {
        if (last == log.Last)
        {
            Whole++;
            return;
        }

        Assert.False(intact, $"{what()}: only {last} of {log.Last} records, though none was touched");
        Assert.True(last >= witnessed, $"{what()}: {witnessed} was witnessed, and the log ends with {last}");
        bool wholeBehind = false;
        foreach (WrittenRecord behind in log.Written.Where(record => record.Sequence > last))
        {
            bool whole = log.Place(behind, image) is not null;
            Assert.False(
                whole && behind.ForcedBefore > last,
                $"{what()}: the log ends with {last}, but record {behind.Sequence} says that more was forced");
            wholeBehind |= whole;
        }

        AtTheLimit += wholeBehind ? 0 : 1;
        AtTheLimitBehindAHole += wholeBehind ? 1 : 0;
    }
}
