using System.Text;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Tests;

public sealed class MissingFilesTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_missing_segment_is_refused(int missing)
    {
        FillSegments(3);
        File.Delete(Files.Segment(missing));

        string refusal = Refusal();

        Assert.Contains(missing == 2 ? "were durable" : $"records.0000000{missing}", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_cut_in_the_middle_of_the_log_is_refused()
    {
        FillSegments(3);
        byte[] octets = File.ReadAllBytes(Files.Segment(1));
        File.WriteAllBytes(Files.Segment(1), octets[..5000]);

        Assert.Contains("is damaged in the middle", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Records_without_the_identity_file_are_refused()
    {
        FillSegments(1);
        File.Delete(Files.Identity);

        Assert.Contains($"'{Files.Identity}' is missing", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_damaged_octet_of_the_identity_file_is_refused()
    {
        FillSegments(1);
        byte[] identity = File.ReadAllBytes(Files.Identity);
        for (int i = 0; i < identity.Length; i++)
        {
            byte[] damaged = [.. identity];
            damaged[i] ^= 1;
            File.WriteAllBytes(Files.Identity, damaged);
            Assert.Throws<LogFailedException>(() => LogIdentityFile.Read(Files));
        }

        Assert.Contains("is damaged, so that nobody can tell whose log this is", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_a_newer_format_is_a_log_from_the_future()
    {
        FillSegments(1);
        string text = File.ReadAllText(Files.Identity);
        File.WriteAllText(Files.Identity, text.Replace("format 2\n", "format 3\n", StringComparison.Ordinal));

        Assert.Contains("is a log from the future: its format is 3", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_epoch_record_of_a_newer_format_is_a_log_from_the_future()
    {
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            log.Append(new EpochRecord(log.Self with { Epoch = 2 }, 99));
        }

        Assert.Contains("is a log from the future", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_of_another_node_is_refused()
    {
        FillSegments(1);

        LogFailedException refused = Assert.Throws<LogFailedException>(
            () => FasterAtomicActionLog.Open(_scratch.Options(node: Sample.Osaka)));

        Assert.Contains("is that of node tokyo, not of node osaka", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_epoch_record_of_another_node_is_refused()
    {
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            log.Append(new EpochRecord(new ManagerIdentity(Sample.Osaka, log.Self.Log, 2), 1));
        }

        Assert.Contains("was written by node osaka, not by node tokyo", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_witness_is_refused_until_an_empty_one_accepts_the_loss()
    {
        FillSegments(1);
        File.Delete(Files.Witness);
        Assert.Contains("is missing or damaged", Refusal(), StringComparison.Ordinal);

        File.WriteAllBytes(Files.Witness, []);
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            Assert.Contains("The log's witness was emptied", Assert.Single(log.Notices), StringComparison.Ordinal);
        }

        using FasterAtomicActionLog again = _scratch.Open();
        Assert.Empty(again.Notices);
    }

    [Fact]
    public void One_damaged_slot_of_the_witness_does_no_harm_and_two_are_refused()
    {
        FillSegments(1);
        byte[] witness = File.ReadAllBytes(Files.Witness);
        LogIdentity log = LogIdentityFile.Read(Files)!.Log;
        long newest = Witness.Read(Files, log)!.Value.Generation;
        byte[] damaged = [.. witness];
        damaged[(newest % 2 * 4096) + 30] ^= 1;
        File.WriteAllBytes(Files.Witness, damaged);
        Assert.Equal(newest - 1, Witness.Read(Files, log)!.Value.Generation);

        damaged[((newest + 1) % 2 * 4096) + 30] ^= 1;
        File.WriteAllBytes(Files.Witness, damaged);
        Assert.Contains("is missing or damaged", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_flipped_bit_of_a_witness_slot_makes_it_void()
    {
        FillSegments(1);
        byte[] witness = File.ReadAllBytes(Files.Witness);
        LogIdentity log = LogIdentityFile.Read(Files)!.Log;
        long newest = Witness.Read(Files, log)!.Value.Generation;
        for (int bit = 0; bit < 64 * 8; bit++)
        {
            byte[] damaged = [.. witness];
            damaged[(newest % 2 * 4096) + (bit / 8)] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(Files.Witness, damaged);
            Assert.Equal(newest - 1, Witness.Read(Files, log)!.Value.Generation);
        }
    }

    [Fact]
    public void A_log_that_is_a_directory_in_memory_is_refused_unless_allowed()
    {
        const string memory = "/dev/shm";
        if (!Directory.Exists(memory) || Libc.FileSystemKind(memory) != 0x01021994)
        {
            return; // no such file system here
        }

        string directory = Path.Combine(memory, Guid.NewGuid().ToString("n"));
        LogFailedException refused = Assert.Throws<LogFailedException>(
            () => FasterAtomicActionLog.Open(new LogOptions { Directory = directory, Node = Sample.Tokyo }));
        Directory.Delete(directory, recursive: true);

        Assert.Contains("lies in memory", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_refused()
    {
        string file = Path.Combine(_scratch.Root, "file");
        File.WriteAllText(file, "in the way", Encoding.ASCII);

        LogFailedException refused = Assert.Throws<LogFailedException>(() => FasterAtomicActionLog.Open(
            new LogOptions { Directory = Path.Combine(file, "log"), Node = Sample.Tokyo }));

        Assert.Contains("cannot be made", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_refused()
    {
        // The superuser may write anywhere, so what cannot be written is a lock file that is a directory.
        Directory.CreateDirectory(Path.Combine(_scratch.Log, "lock"));

        Assert.Contains("cannot be written", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_is_too_small_is_refused()
    {
        LogFailedException refused = Assert.Throws<LogFailedException>(() => FasterAtomicActionLog.Open(
            new LogOptions { Directory = _scratch.Log, Node = Sample.Tokyo, LimitBytes = 1 << 20 }));

        Assert.Contains("is too small", refused.Message, StringComparison.Ordinal);
    }

    private LogFiles Files => new(_scratch.Log);

    private void FillSegments(int count)
    {
        using FasterAtomicActionLog log = _scratch.Open();
        for (int i = 1; Files.Segments().Count < count || new FileInfo(Files.Segment(count - 1)).Length < 2000; i++)
        {
            log.Append(Sample.Ready(i));
            log.Force();
        }
    }

    private string Refusal() => Assert.Throws<LogFailedException>(_scratch.Open).Message;
}
