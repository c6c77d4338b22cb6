using Ccr.AtomicActionLog.Storage;

namespace Ccr.AtomicActionLog.Tests;

public sealed class WitnessTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_witness_is_forced_at_most_every_100_ms()
    {
        using FasterAtomicActionLog log = Open();
        long generation = Read().Generation;
        for (int i = 1; i <= 300; i++)
        {
            log.Append(Sample.Ready(i));
            log.Force();
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(Read().Generation - generation, 2, 3);
    }

    [Fact]
    public void A_force_of_nothing_brings_it_up_to_date()
    {
        using FasterAtomicActionLog log = Open();
        log.Append(Sample.Ready(1));
        log.Append(Sample.Ready(2));
        log.Force();
        Assert.Equal(1, Read().Sequence);

        _time.Advance(TimeSpan.FromMilliseconds(FasterAtomicActionLog.WitnessIntervalMs));
        log.Force();
        Assert.Equal(3, Read().Sequence);

        long generation = Read().Generation;
        _time.Advance(TimeSpan.FromHours(1));
        log.Force();
        Assert.Equal(generation, Read().Generation);
    }

    [Fact]
    public void It_never_tells_of_a_record_that_is_only_appended()
    {
        using FasterAtomicActionLog log = Open();
        log.Append(Sample.Ready(1));
        log.Force();
        log.Append(Sample.Ready(2));

        Assert.True(Read().Sequence <= 2);
    }

    [Fact]
    public void A_clean_stop_witnesses_the_last_record_and_a_start_takes_the_word_back()
    {
        FasterAtomicActionLog log = Open();
        log.Append(Sample.Ready(1));
        log.Dispose();
        Assert.Equal((2L, true), (Read().Sequence, Read().CleanStop));

        using FasterAtomicActionLog again = Open();
        Assert.Equal((3L, false), (Read().Sequence, Read().CleanStop));
    }

    private FasterAtomicActionLog Open() => FasterAtomicActionLog.Open(new LogOptions
    {
        Directory = _scratch.Log,
        Node = Sample.Tokyo,
        LimitBytes = 1 << 20,
        Geometry = Scratch.Small,
        AllowVolatileDirectory = true,
        Time = _time,
    });

    private WitnessSlot Read()
    {
        LogFiles files = new(_scratch.Log);
        return Witness.Read(files, LogIdentityFile.Read(files)!.Log)!.Value;
    }
}
