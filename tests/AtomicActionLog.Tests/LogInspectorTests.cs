using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

public sealed class LogInspectorTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Every_record_is_read_beside_the_running_manager()
    {
        using FasterAtomicActionLog log = _scratch.Open();
        log.Append(Sample.Ready(1));
        log.Append(Sample.Commit(2));
        log.Force();

        List<InspectedRecord> records = [.. LogInspector.Read(_scratch.Log)];

        Assert.Equal([1L, 2L, 3L], records.Select(record => record.Sequence));
        Assert.IsType<EpochRecord>(records[0].Content);
        Assert.Equal([Sample.Ready(1), Sample.Commit(2)], records.Skip(1).Select(record => record.Content!));
        Assert.All(records, record => Assert.Equal("records.00000000", record.File));
        Assert.Equal(64, records[0].Offset);
        Assert.All(records, record => Assert.Null(record.Damage));
    }

    [Fact]
    public void A_sound_log_is_reported_in_words_with_counts()
    {
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            log.Append(Sample.Ready(1));
            log.Append(Sample.Ready(2));
            log.Append(Sample.Forget(1, 1));
        }

        LogReport report = LogInspector.Verify(_scratch.Log);

        Assert.True(report.IsSound);
        Assert.Equal(1, report.Live);
        Assert.Equal(1u, report.Epoch);
        Assert.Equal(2, report.Kinds["LogReady"]);
        Assert.Equal(4, report.LastSequence);
        Assert.Contains("It is sound", report.Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_damage_is_named_with_its_records_and_its_place()
    {
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            for (int i = 1; i <= 9; i++)
            {
                log.Append(Sample.Ready(i));
            }
        }

        InspectedRecord fifth = LogInspector.Read(_scratch.Log).ElementAt(4);
        string segment = Path.Combine(_scratch.Log, fifth.File);
        byte[] octets = File.ReadAllBytes(segment);
        octets[fifth.Offset + 40] ^= 4;
        File.WriteAllBytes(segment, octets);

        List<InspectedRecord> read = [.. LogInspector.Read(_scratch.Log)];
        LogReport report = LogInspector.Verify(_scratch.Log);

        InspectedRecord damage = Assert.Single(
            read, record => record.Damage?.Contains("missing", StringComparison.Ordinal) == true);
        Assert.Equal(5, damage.Sequence);
        Assert.Equal(9, read.Count(record => record.Content is not null));
        Assert.False(report.IsSound);
        Assert.Contains("record 5 is missing or damaged", report.Damage, StringComparison.Ordinal);
        Assert.Contains($"octet {fifth.Offset} of records.00000000", report.Damage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_without_a_log_is_refused_in_words()
    {
        LogFailedException refused = Assert.Throws<LogFailedException>(() => LogInspector.Verify(_scratch.Root));

        Assert.Contains("There is no atomic-action log in", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_and_verifying_change_nothing()
    {
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            log.Append(Sample.Ready(1));
        }

        Dictionary<string, string> before = Content();
        _ = LogInspector.Verify(_scratch.Log);

        Assert.Equal(before, Content());
    }

    private Dictionary<string, string> Content() => Directory.EnumerateFiles(_scratch.Log)
        .ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));
}
