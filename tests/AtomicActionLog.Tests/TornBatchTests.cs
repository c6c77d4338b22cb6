using Ccr.AtomicActionLog.Recovery;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>
/// A write of many records that a stop of the machine tore (docs/adr/0007-torn-batches.md): it is cut off where
/// nobody was told of its records, and refused where somebody may have been.
/// </summary>
public sealed class TornBatchTests : IDisposable
{
    private const int Forced = 6;
    private const int Batch = 14;
    private readonly Scratch _scratch = new();
    private readonly byte[] _before;
    private readonly byte[] _after;

    public TornBatchTests()
    {
        FasterAtomicActionLog log = _scratch.Open();
        for (int i = 2; i <= Forced; i++)
        {
            log.Append(Sample.Ready(i));
            log.Force();
        }

        _before = File.ReadAllBytes(Segment);
        for (int i = 1; i <= Batch; i++)
        {
            log.Append(Sample.Ready(Forced + i));
        }

        log.Force();
        using Scratch copy = _scratch.CopyLog();
        log.Dispose();
        foreach (string path in Directory.GetFiles(copy.Log))
        {
            File.Copy(path, Path.Combine(_scratch.Log, Path.GetFileName(path)), overwrite: true);
        }

        _after = File.ReadAllBytes(Segment);
    }

    private LogFiles Files => new(_scratch.Log);

    private string Segment => Files.Segment(0);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Whichever_sectors_of_the_last_write_reached_the_disk_the_log_starts_with_all_that_was_promised()
    {
        int first = _before.Length / LogGeometry.SectorOctets - 1;
        int sectors = (_after.Length / LogGeometry.SectorOctets) - first;
        Assert.True(sectors >= 5, $"{sectors} sectors");
        int holes = 0;
        for (int subset = 0; subset < 1 << sectors; subset++)
        {
            byte[] octets = [.. _before, .. new byte[_after.Length - _before.Length]];
            for (int sector = 0; sector < sectors; sector++)
            {
                if ((subset >> sector & 1) != 0)
                {
                    int at = (first + sector) * LogGeometry.SectorOctets;
                    _after.AsSpan(at, LogGeometry.SectorOctets).CopyTo(octets.AsSpan(at));
                }
            }

            RecoveredLog found = Judge(octets);
            Assert.InRange(found.LastSequence, Forced, Forced + Batch);
            Assert.Equal(
                Enumerable.Range(2, (int)found.LastSequence - 1).Select(i => Sample.Ready(i)), found.Live.Snapshot());
            holes += found.Notices.Any(notice => notice.Contains("of the same write did", StringComparison.Ordinal))
                ? 1
                : 0;
        }

        Assert.True(holes >= 1 << (sectors - 2), $"{holes} of {1 << sectors} were holes");
    }

    [Fact]
    public void After_the_cut_life_goes_on_and_what_was_cut_off_never_comes_back()
    {
        File.WriteAllBytes(Segment, WithoutSector(_after, _before.Length / LogGeometry.SectorOctets));
        long last;
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            last = log.LastSequence;
            Assert.InRange(last, Forced + 1, Forced + Batch - 1);
            log.Append(Sample.Commit(100));
        }

        using FasterAtomicActionLog again = _scratch.Open();
        Assert.Equal(last + 2, again.LastSequence);
        Assert.Equal(
            [.. Enumerable.Range(2, (int)last - 2).Select(i => Sample.Ready(i)), Sample.Commit(100)], again.Recovered);
        Assert.DoesNotContain(again.Notices, notice => notice.Contains("same write", StringComparison.Ordinal));
    }

    [Fact]
    public void A_flipped_bit_before_whole_records_of_the_same_write_is_damage_and_no_torn_write()
    {
        for (int bit = 0; bit < 8; bit++)
        {
            byte[] octets = [.. _after];
            octets[_before.Length + 40] ^= (byte)(1 << bit);

            Assert.Contains("is damaged in the middle", Refusal(octets), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_lost_sector_is_damage_when_a_later_record_says_that_it_was_forced()
    {
        using (FasterAtomicActionLog log = Restore(_after))
        {
            log.Append(Sample.Ready(50));
        }

        File.WriteAllBytes(Files.Witness, []);
        byte[] octets = File.ReadAllBytes(Segment);

        string refusal = Refusal(WithoutSector(octets, _before.Length / LogGeometry.SectorOctets));

        Assert.Contains("is damaged in the middle", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_sector_is_damage_when_the_witness_says_that_it_was_forced()
    {
        using (Witness witness = Witness.Open(
            PosixDisk.Instance, Files, LogIdentityFile.Read(Files)!.Log, TimeProvider.System, generation: 9))
        {
            witness.Write(Forced + Batch, cleanStop: false);
        }

        string refusal = Refusal(WithoutSector(_after, _before.Length / LogGeometry.SectorOctets));

        Assert.Contains("is damaged in the middle", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hole_before_a_later_page_is_damage_for_a_page_is_durable_before_the_next_is_begun()
    {
        FasterAtomicActionLog log = Restore(_after);
        for (int i = 50; i < 100; i++)
        {
            log.Append(Sample.Ready(i));
        }

        log.Force();
        using Scratch copy = _scratch.CopyLog();
        log.Dispose();
        byte[] octets = File.ReadAllBytes(Path.Combine(copy.Log, Path.GetFileName(Segment)));
        Assert.True(octets.Length > Scratch.Small.PageOctets + 512, "the batch runs over more than one page");
        int last = (Scratch.Small.PageOctets / LogGeometry.SectorOctets) - 2;

        string refusal = Refusal(WithoutSector(octets, last));

        Assert.Contains("is damaged in the middle", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_format_1_is_read_as_before_and_becomes_one_of_format_2_when_it_is_started()
    {
        OldFormat.Write(Files, [.. Enumerable.Range(2, 12).Select(i => Sample.Ready(i))]);
        byte[] old = File.ReadAllBytes(Segment);
        Assert.Equal(1, LogIdentityFile.Read(Files)!.NamedFormat);
        string refusal = Refusal(WithoutSector(old, 2));
        Assert.Contains("is damaged in the middle", refusal, StringComparison.Ordinal);

        using (FasterAtomicActionLog log = Restore(old))
        {
            Assert.Equal(Enumerable.Range(2, 12).Select(i => Sample.Ready(i)), log.Recovered);
        }

        Assert.Equal(2, LogIdentityFile.Read(Files)!.NamedFormat);
        using FasterAtomicActionLog again = _scratch.Open();
        Assert.Equal(12, again.Recovered.Count);
    }

    private static byte[] WithoutSector(byte[] octets, int sector)
    {
        byte[] damaged = [.. octets];
        damaged.AsSpan(sector * LogGeometry.SectorOctets, LogGeometry.SectorOctets).Clear();
        return damaged;
    }

    private FasterAtomicActionLog Restore(byte[] octets)
    {
        File.WriteAllBytes(Segment, octets);
        return _scratch.Open();
    }

    private RecoveredLog Judge(byte[] octets)
    {
        File.WriteAllBytes(Segment, octets);
        return LogRecovery.Run(Files, LogIdentityFile.Read(Files)!);
    }

    private string Refusal(byte[] octets) => Assert.Throws<LogFailedException>(() => Judge(octets)).Message;
}
