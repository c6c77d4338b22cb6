using System.Buffers.Binary;
using Ccr.AtomicActionLog.Storage;
using Ccr.LogDamage.Tests.Disks;
using Ccr.Protocol.Names;

namespace Ccr.LogDamage.Tests.Damage;

/// <summary>Records moved, doubled and forged; files missing, empty and damaged.</summary>
public sealed class RecordsAndFilesTests
{
    private readonly WrittenLog _log = new();

    [Fact]
    public void Records_swapped_and_copied_over_each_other()
    {
        Damages damages = new(_log, "records swapped and doubled");
        List<WrittenRecord> there = _log.Written.FindAll(record => _log.Place(record) is not null);
        foreach (WrittenRecord one in there)
        {
            foreach (WrittenRecord other in there.Where(other =>
                other.Sequence > one.Sequence && other.Envelope.Length == one.Envelope.Length))
            {
                Span<byte> first = At(one);
                Span<byte> second = At(other);
                other.Envelope.CopyTo(first);
                damages.Judge(() => $"{other.Sequence} over {one.Sequence}", _log.Witnessed);
                one.Envelope.CopyTo(second);
                damages.Judge(() => $"{one.Sequence} and {other.Sequence} swapped", _log.Witnessed);
                one.Envelope.CopyTo(first);
                damages.Judge(() => $"{one.Sequence} over {other.Sequence}", _log.Witnessed);
                other.Envelope.CopyTo(second);
            }
        }

        damages.Write();
    }

    [Fact]
    public void A_right_checksum_with_a_wrong_sequence_or_a_wrong_log()
    {
        Damages damages = new(_log, "right checksum, wrong sequence or log");
        foreach (WrittenRecord record in _log.Written.FindAll(record => _log.Place(record) is not null))
        {
            long unforced = record.Sequence - 1 - record.ForcedBefore;
            for (long wrong = 1; wrong <= _log.Last + 3; wrong++)
            {
                if (wrong != record.Sequence)
                {
                    byte[] forged = _log.Encode(wrong, Math.Min(unforced, wrong - 1), record.Content);
                    Forge(damages, record, forged, $"{wrong}");
                }
            }

            // What another log says in a record of the same place and length, nobody may believe here.
            foreach (WrittenRecord other in _log.Written)
            {
                byte[] forged = _log.Encode(record.Sequence, unforced, other.Content, new LogIdentity(3));
                Forge(damages, record, forged, $"log 3, as {other.Sequence}");
            }
        }

        damages.Write();
    }

    [Fact]
    public void Every_length_before_a_record_zero_short_huge_and_negative()
    {
        Damages damages = new(_log, "lengths");
        foreach (WrittenRecord record in _log.Written.FindAll(record => _log.Place(record) is not null))
        {
            (string file, int at) = _log.Place(record)!.Value;
            byte[] octets = _log.Image.Files[file];
            Span<byte> length = octets.AsSpan(at - LogGeometry.EntryHeaderOctets);
            foreach (int wrong in (int[])[0, 1, record.Envelope.Length - 1, record.Envelope.Length + 1, 2047, 2048,
                1 << 20, int.MaxValue, int.MinValue, -1])
            {
                BinaryPrimitives.WriteInt32LittleEndian(length, wrong);
                damages.Judge(() => $"length {wrong} of {record.Sequence}", _log.Witnessed, intact: true);
            }

            BinaryPrimitives.WriteInt32LittleEndian(length, record.Envelope.Length);
        }

        damages.Write();
    }

    [Fact]
    public void Every_file_and_every_pair_of_files_missing_or_empty()
    {
        Damages damages = new(_log, "files missing or empty");
        List<string> files = [.. _log.Image.Files.Keys];
        for (int subset = 1; subset < 1 << files.Count; subset++)
        {
            foreach (bool missing in (bool[])[true, false])
            {
                DiskImage image = new(_log.Image);
                List<string> gone = [.. files.Where((_, index) => (subset >> index & 1) != 0)];
                gone.ForEach(file => image.Files[file] = []);
                gone.RemoveAll(file => !missing || !image.Files.Remove(file));
                bool witnessEmpty = image.Files.TryGetValue("/log/witness", out byte[]? witness) && witness.Length == 0;
                damages.Start(
                    () => $"{(missing ? "missing" : "empty")}: {subset:b}",
                    image,
                    witnessEmpty ? 0 : _log.Witnessed,
                    mayBegin: image.Files.Count == 0 || witnessEmpty);
            }
        }

        damages.Write();
    }

    [Fact]
    public void Every_bit_of_the_identity_and_of_the_witness()
    {
        Damages damages = new(_log, "identity and witness");
        Flip(damages, "/log/identity");
        Flip(damages, "/log/witness");
        Assert.Equal(_log.Image.Files["/log/identity"].Length * 8, damages.Refused);
        damages.Write();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Both_slots_of_the_witness_damaged_are_refused_and_cut_anywhere_it_loses_no_record()
    {
        Damages damages = new(_log, "witness cut and void");
        byte[] octets = _log.Image.Files["/log/witness"];
        for (int length = 1; length < octets.Length; length++)
        {
            DiskImage image = new(_log.Image);
            image.Files["/log/witness"] = octets[..length];
            damages.Start(() => $"witness cut at {length}", image, 0);
        }

        for (int octet = 0; octet < 64; octet++)
        {
            DiskImage image = new(_log.Image);
            image.Files["/log/witness"][octet] ^= 1;
            image.Files["/log/witness"][4096 + octet] ^= 1;
            long refused = damages.Refused;
            damages.Start(() => $"both slots, octet {octet}", image, 0);
            Assert.Equal(refused + 1, damages.Refused);
        }

        damages.Write();
    }

    private void Flip(Damages damages, string file)
    {
        int length = _log.Image.Files[file].Length;
        for (int bit = 0; bit < length * 8; bit++)
        {
            if (file.EndsWith("witness", StringComparison.Ordinal) && bit / 8 % 4096 >= 64)
            {
                continue; // between the slots
            }

            DiskImage image = new(_log.Image);
            image.Files[file][bit / 8] ^= (byte)(1 << (bit % 8));
            damages.Start(() => $"{file}, bit {bit}", image, 0);
        }
    }

    private void Forge(Damages damages, WrittenRecord record, byte[] forged, string what)
    {
        if (forged.Length == record.Envelope.Length)
        {
            Span<byte> at = At(record);
            forged.CopyTo(at);
            damages.Judge(() => $"record {record.Sequence} as {what}", _log.Witnessed);
            record.Envelope.CopyTo(at);
        }
    }

    private Span<byte> At(WrittenRecord record)
    {
        (string file, int at) = _log.Place(record)!.Value;
        return _log.Image.Files[file].AsSpan(at, record.Envelope.Length);
    }
}
