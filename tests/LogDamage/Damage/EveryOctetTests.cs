namespace Ccr.LogDamage.Tests.Damage;

/// <summary>Every truncation, every flipped bit, and every other end of each file of records.</summary>
public sealed class EveryOctetTests
{
    private readonly WrittenLog _log = new();

    [Fact]
    public void The_log_is_small_and_has_everything_that_a_log_can_have()
    {
        Assert.True(_log.Segments.Count >= 3, $"{_log.Segments.Count} files");
        Assert.False(_log.Segments[0].EndsWith("00000000", StringComparison.Ordinal), "the first files are gone");
        Assert.True(_log.Witnessed < _log.Last - 15, $"{_log.Witnessed} of {_log.Last}");
        Assert.All(
            _log.Written.SkipWhile(record => _log.Place(record) is null), record => Assert.NotNull(_log.Place(record)));
        Assert.Contains(_log.Written, record => record.Content is Protocol.Messages.Checkpoint);
        Damages damages = new(_log, "as it was");
        damages.Judge(() => "untouched", _log.Witnessed, intact: true);
    }

    [Fact]
    public void Cut_at_every_octet()
    {
        Damages damages = new(_log, "every truncation");
        foreach (string file in _log.Segments)
        {
            byte[] octets = _log.Image.Files[file];
            for (int length = 0; length < octets.Length; length++)
            {
                _log.Image.Files[file] = octets[..length];
                damages.Judge(() => $"{file} cut at {length}", _log.Witnessed);
            }

            _log.Image.Files[file] = octets;
        }

        damages.Write();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Every_bit_flipped()
    {
        Damages damages = new(_log, "every flipped bit");
        foreach (string file in _log.Segments)
        {
            byte[] octets = _log.Image.Files[file];
            bool[] inside = InsideRecords(file, octets.Length);
            for (int bit = 0; bit < octets.Length * 8; bit++)
            {
                octets[bit / 8] ^= (byte)(1 << (bit % 8));
                damages.Judge(() => $"{file}, bit {bit}", _log.Witnessed, intact: !inside[bit / 8]);
                octets[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        damages.Write();
        Assert.True(damages.AtTheLimitBehindAHole == 0, "a flipped bit is no torn write");
    }

    [Theory]
    [InlineData("zeroed")]
    [InlineData("garbage")]
    [InlineData("of another log")]
    [InlineData("of the first epoch")]
    [InlineData("of an earlier file")]
    public void Another_end_from_every_octet_on(string end)
    {
        Damages damages = new(_log, $"tails {end}");
        foreach (string file in _log.Segments)
        {
            byte[] octets = _log.Image.Files[file];
            byte[] other = Other(end, file, octets.Length);
            for (int from = 0; from < octets.Length; from++)
            {
                _log.Image.Files[file] = [.. octets[..from], .. other[from..]];
                damages.Judge(() => $"{file}, {end} from {from}", _log.Witnessed);
            }

            _log.Image.Files[file] = [.. octets, .. other];
            damages.Judge(() => $"{file}, {end} behind", _log.Witnessed, intact: file == _log.Segments[^1]);
            _log.Image.Files[file] = octets;
        }

        damages.Write();
    }

    [Theory]
    [InlineData("zeroed")]
    [InlineData("garbage")]
    [InlineData("of another log")]
    [InlineData("of the first epoch")]
    [InlineData("of an earlier file")]
    public void Every_run_of_sectors(string content)
    {
        const int sector = 512;
        Damages damages = new(_log, $"sectors {content}");
        foreach (string file in _log.Segments)
        {
            byte[] octets = _log.Image.Files[file];
            byte[] other = Other(content, file, octets.Length);
            for (int from = 0; from < octets.Length; from += sector)
            {
                for (int until = from + sector; until <= octets.Length; until += sector)
                {
                    _log.Image.Files[file] = [.. octets[..from], .. other[from..until], .. octets[until..]];
                    damages.Judge(() => $"{file}, {content} from {from} to {until}", _log.Witnessed);
                }
            }

            _log.Image.Files[file] = octets;
        }

        damages.Write();
    }

    private byte[] Other(string content, string file, int length)
    {
        byte[] other = new byte[length];
        byte[]? source = content switch
        {
            "of another log" => new WrittenLog(identity: 78).Image.Files[file],
            "of the first epoch" => _log.OfFirstEpoch.Files.Values.MaxBy(octets => octets.Length),
            "of an earlier file" => _log.Image.Files[_log.Segments[Math.Max(_log.Segments.IndexOf(file) - 1, 0)]],
            _ => null,
        };
        source?.AsSpan(0, Math.Min(length, source.Length)).CopyTo(other);
        if (content == "garbage")
        {
            new Random(5).NextBytes(other);
        }

        return other;
    }

    private bool[] InsideRecords(string file, int length)
    {
        bool[] inside = new bool[length];
        foreach (WrittenRecord record in _log.Written)
        {
            if (_log.Place(record) is { } place && place.File == file)
            {
                inside.AsSpan(place.At, record.Envelope.Length).Fill(true);
            }
        }

        return inside;
    }
}
