using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>
/// SEM-18, case by case: whatever is done to the octets of a log, it gives all records that were promised, or is
/// refused in words; only records behind the witness, with nothing valid behind them, can be lost unseen.
/// </summary>
public sealed class DamageTests : IDisposable
{
    private readonly SmallLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Cut_at_every_octet_the_log_gives_its_whole_records_or_says_which_are_missing()
    {
        for (int length = 0; length <= _log.Octets.Length; length++)
        {
            _log.Put(_log.Octets.AsSpan(0, length));
            AssertTailLost(length, WholeRecordsIn(length));
        }
    }

    [Fact]
    public void Zeroed_from_every_octet_on_the_log_gives_its_whole_records_or_says_which_are_missing()
    {
        for (int length = 0; length <= _log.Octets.Length; length++)
        {
            byte[] octets = [.. _log.Octets[..length], .. new byte[_log.Octets.Length - length]];
            _log.Put(octets);
            AssertTailLost(length, UntouchedRecordsIn(octets));
        }
    }

    [Fact]
    public void Every_flipped_bit_of_a_record_is_noticed()
    {
        for (int sequence = 1; sequence <= SmallLog.Records; sequence++)
        {
            int start = _log.EnvelopeAt(sequence);
            for (int bit = start * 8; bit < (start + _log.EnvelopeLength(sequence)) * 8; bit++)
            {
                AssertNoticed(sequence, bit);
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_outside_the_records_loses_nothing()
    {
        HashSet<int> inside = [];
        for (int sequence = 1; sequence <= SmallLog.Records; sequence++)
        {
            inside.UnionWith(Enumerable.Range(_log.EnvelopeAt(sequence), _log.EnvelopeLength(sequence)));
        }

        for (int bit = 0; bit < _log.Octets.Length * 8; bit++)
        {
            if (!inside.Contains(bit / 8))
            {
                Assert.Equal((SmallLog.Records, null), _log.JudgeFlipped(bit));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(20)]
    public void A_lost_record_with_a_whole_one_behind_it_is_damage_in_the_middle(int sequence)
    {
        byte[] octets = [.. _log.Octets];
        octets.AsSpan((int)_log.Found[sequence - 1].Address, _log.Found[sequence - 1].Octets).Clear();
        _log.Put(octets);

        string? refusal = _log.Judge().Refusal;

        Assert.Contains(
            sequence == 1 ? "records before 2 are missing" : $"record {sequence} is missing or damaged",
            refusal,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Swapped_records_are_damage()
    {
        (int first, int second) = (_log.EnvelopeAt(13), _log.EnvelopeAt(17));
        int length = _log.EnvelopeLength(13);
        Assert.Equal(length, _log.EnvelopeLength(17));
        byte[] octets = [.. _log.Octets];
        _log.Octets.AsSpan(first, length).CopyTo(octets.AsSpan(second));
        _log.Octets.AsSpan(second, length).CopyTo(octets.AsSpan(first));
        _log.Put(octets);

        Assert.Contains("records 13 to 16 are missing", _log.Judge().Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_with_another_place_and_a_right_checksum_is_damage()
    {
        int at = _log.EnvelopeAt(SmallLog.Records);
        byte[] octets = [.. _log.Octets];
        byte[] later = _log.Envelope(SmallLog.Records + 1, _log.Found[^1].Content!);
        later.CopyTo(octets, at);
        _log.Put(octets);

        Assert.Contains("record 21 is missing or damaged", _log.Judge().Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_old_copy_of_records_behind_the_end_is_cut_off()
    {
        byte[] old = _log.Octets[64..900];
        _log.Put([.. _log.Octets, .. old, 1, 2, 3]);

        Assert.Equal((SmallLog.Records, null), _log.Judge());
        using (FasterAtomicActionLog log = _log.Open())
        {
            Assert.Equal(_log.Expected(SmallLog.Records), log.Recovered);
            Assert.Contains(log.Notices, notice => notice.Contains("a start cuts it off", StringComparison.Ordinal));
        }

        using FasterAtomicActionLog again = _log.Open();
        Assert.Empty(again.Notices);
    }

    [Fact]
    public void Whole_records_of_another_log_are_not_taken_for_ours()
    {
        using SmallLog other = new();
        int at = _log.EnvelopeAt(SmallLog.Records);
        byte[] octets = [.. _log.Octets];
        other.Octets.AsSpan(at, other.EnvelopeLength(SmallLog.Records)).CopyTo(octets.AsSpan(at));
        _log.Put(octets);

        Assert.Equal((SmallLog.Records - 1, null), _log.Judge());
    }

    [Fact]
    public void After_a_torn_end_life_goes_on()
    {
        for (int cut = 0; cut < 40; cut++)
        {
            _log.Put(_log.Octets.AsSpan(0, _log.EnvelopeAt(SmallLog.Records) + cut));
            using (FasterAtomicActionLog log = _log.Open())
            {
                Assert.Equal(_log.Expected(SmallLog.Records - 1), log.Recovered);
                log.Append(Sample.Ready(100));
                log.Force();
            }

            using (FasterAtomicActionLog log = _log.Open())
            {
                Assert.Equal([.. _log.Expected(SmallLog.Records - 1), Sample.Ready(100)], log.Recovered);
            }

            File.WriteAllBytes(_log.Files.Witness, []);
        }
    }

    [Fact]
    public void After_a_clean_stop_no_record_at_all_can_be_lost_unseen()
    {
        using SmallLog clean = new(cleanStop: true);
        int end = clean.EnvelopeAt(SmallLog.Records) + clean.EnvelopeLength(SmallLog.Records);
        for (int length = 0; length < end; length++)
        {
            clean.Put(clean.Octets.AsSpan(0, length));
            Assert.Contains($"to {SmallLog.Records} were durable", clean.Judge().Refusal, StringComparison.Ordinal);
        }
    }

    private void AssertTailLost(int length, int whole)
    {
        (long last, string? refusal) = _log.Judge();
        if (whole >= SmallLog.Witnessed)
        {
            Assert.True(last == whole && refusal is null, $"cut at {length}: {last} of {whole} records. {refusal}");
        }
        else
        {
            string missing = $"records {whole + 1} to {SmallLog.Witnessed} were durable";
            Assert.Contains(missing, refusal, StringComparison.Ordinal);
        }
    }

    private void AssertNoticed(int sequence, int bit)
    {
        (long last, string? refusal) = _log.JudgeFlipped(bit);
        if (sequence == SmallLog.Records)
        {
            Assert.True(last == sequence - 1, $"bit {bit} of the last record: {last}. {refusal}");
        }
        else
        {
            string named = sequence == 1 ? "records before 2 are" : $"record {sequence} is";
            Assert.True(refusal?.Contains(named, StringComparison.Ordinal), $"bit {bit}, record {sequence}: {refusal}");
        }
    }

    private int WholeRecordsIn(int length) => Enumerable.Range(1, SmallLog.Records)
        .TakeWhile(sequence => _log.EnvelopeAt(sequence) + _log.EnvelopeLength(sequence) <= length).Count();

    private int UntouchedRecordsIn(byte[] octets) => Enumerable.Range(1, SmallLog.Records)
        .TakeWhile(sequence => octets.AsSpan(_log.EnvelopeAt(sequence), _log.EnvelopeLength(sequence))
            .SequenceEqual(_log.Octets.AsSpan(_log.EnvelopeAt(sequence), _log.EnvelopeLength(sequence)))).Count();
}
