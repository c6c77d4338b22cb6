using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ccr.Hostile.Targets;

namespace Ccr.Hostile.Fuzzing;

/// <summary>Something that a decoder must not do, with the octets that make it do that.</summary>
internal sealed record Failure(int Decoder, byte[] Octets, string What)
{
    public override string ToString() => $"{Decoders.Names[Decoder]} {Convert.ToHexString(Octets)} {What}";
}

/// <summary>
/// Feeds decoders with changed inputs and keeps those that go where none went before. One seed, one run: the same
/// inputs in the same order everywhere.
/// </summary>
internal sealed class Fuzzer
{
    /// <summary>What a decoding may allocate beside four times its input.</summary>
    public const int AllocatedConstant = 64 << 10;

    private const int FailuresMax = 20;
    private const int NewerCount = 64;
    private const int ComplaintEvery = 64;
    private const int SegmentEvery = 500;
    private const int RecordOrFramesEvery = 12;

    private readonly InstrumentedDecoders _decoders;
    private readonly Xoshiro _random;
    private readonly Mutator _mutator;
    private readonly List<Entry>[] _corpus;
    private readonly byte[] _seen = new byte[EdgeMap.Size];
    private readonly byte[] _buffer = new byte[Mutator.OctetsMax + 64];
    private readonly HashSet<string> _known = [];
    private readonly int _mapOctets;

    public Fuzzer(InstrumentedDecoders decoders, ulong seed)
    {
        _decoders = decoders;
        _random = new Xoshiro(seed);
        _mutator = new Mutator(_random);
        _corpus = [.. Decoders.Names.Select(_ => new List<Entry>())];
        _mapOctets = (decoders.Edges + Vector<byte>.Count - 1) / Vector<byte>.Count * Vector<byte>.Count;
    }

    public long Executions { get; private set; }

    /// <summary>Inputs that were good.</summary>
    public long Accepted { get; private set; }

    public int Edges => _seen.Count(s => s != 0);

    public int Corpus => _corpus.Sum(c => c.Count);

    /// <summary>The most octets that a decoding of a message allocated beyond four times its input.</summary>
    public long AllocatedMax { get; private set; }

    public List<Failure> Failures { get; } = [];

    /// <summary>Runs an input of the first corpus and keeps it.</summary>
    public void Seed(int decoder, byte[] octets)
    {
        octets.CopyTo(_buffer, 0);
        Execute(decoder, octets.Length, complain: true);
        TakeNew();
        _corpus[decoder].Add(new Entry(decoder, octets));
    }

    /// <summary>So many more executions.</summary>
    public void Run(long executions)
    {
        for (long i = 0; i < executions && Failures.Count < FailuresMax; i++)
        {
            int decoder = i % SegmentEvery == 0 ? Decoders.SegmentNumber
                : i % RecordOrFramesEvery == 0 ? Decoders.LogRecordNumber + (int)(i / RecordOrFramesEvery % 2)
                : _random.Below(Decoders.MessageCount);
            List<Entry> entries = _corpus[decoder];
            Entry entry = Pick(entries);
            Entry other = Pick(_random.Below(8) == 0 ? _corpus[_random.Below(Decoders.MessageCount)] : entries);
            int length = _mutator.Mutate(entry, other, _buffer);
            Execute(decoder, length, complain: i % ComplaintEvery == 0);
            if (TakeNew())
            {
                Entry found = new(decoder, _buffer[..length]);
                entries.Add(found);
                Execute(decoder, length, complain: true);
                Array.Clear(_decoders.Hits, 0, _mapOctets);
            }
        }
    }

    /// <summary>Newer inputs more often: what they reached is least explored.</summary>
    private Entry Pick(List<Entry> entries)
    {
        int count = entries.Count;
        bool newer = _random.Below(3) == 0 && count > NewerCount;
        return entries[newer ? count - 1 - _random.Below(NewerCount) : _random.Below(count)];
    }

    private void Execute(int decoder, int length, bool complain)
    {
        Executions++;
        try
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            int verdict = _decoders.Run(decoder, _buffer, length);
            long beyond = GC.GetAllocatedBytesForCurrentThread() - before - (4L * length);
            Accepted += verdict == 0 ? 1 : 0;
            if (decoder < Decoders.MessageCount && beyond > AllocatedMax)
            {
                AllocatedMax = beyond;
                if (beyond > AllocatedConstant)
                {
                    Note(decoder, length, "allocates", $"allocates {beyond} octets beyond four times its length");
                }
            }

            if (complain && _decoders.Complaint(decoder, _buffer, length) is { } complaint)
            {
                Note(decoder, length, complaint[..int.Min(complaint.Length, 20)], complaint);
            }
        }
        catch (Exception thrown)
        {
            string place = thrown.StackTrace?.Split('\n').FirstOrDefault()?.Trim() ?? "";
            Note(decoder, length, thrown.GetType().Name + place, $"{thrown.GetType().Name}: {thrown.Message} {place}");
        }
    }

    private void Note(int decoder, int length, string kind, string what)
    {
        if (_known.Add($"{decoder}{kind}"))
        {
            Failures.Add(new Failure(decoder, _buffer[..length], what));
        }
    }

    /// <summary>
    /// Was an edge passed that never was, or so often as never before, by powers of two? Clears the counters.
    /// </summary>
    private bool TakeNew()
    {
        bool found = false;
        ref byte hits = ref MemoryMarshal.GetArrayDataReference(_decoders.Hits);
        for (int at = 0; at < _mapOctets; at += Vector<byte>.Count)
        {
            ref byte here = ref Unsafe.Add(ref hits, at);
            Vector<byte> counted = Unsafe.ReadUnaligned<Vector<byte>>(ref here);
            if (counted == Vector<byte>.Zero)
            {
                continue;
            }

            Unsafe.WriteUnaligned(ref here, Vector<byte>.Zero);
            for (int i = 0; i < Vector<byte>.Count; i++)
            {
                byte count = counted[i];
                if (count != 0)
                {
                    byte bit = (byte)(1 << BitOperations.Log2(count));
                    found |= (_seen[at + i] & bit) == 0;
                    _seen[at + i] |= bit;
                }
            }
        }

        return found;
    }
}
