using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Storage;

namespace Ccr.Simulation;

/// <summary>
/// A machine's disk with the page cache before it. What a process writes at one moment reaches the disk over a span of
/// time (<see cref="Complete"/> ends it); a stop within the span cuts it at any operation. What is not forced is lost
/// in any subset at a stop of the machine, and the last write may be torn.
/// </summary>
internal sealed class SimDisk(Prng chance) : IDisk
{
    private readonly Dictionary<string, SimFile> _durable = new(StringComparer.Ordinal);
    private readonly List<DiskOperation> _operations = [];
    private Dictionary<string, SimFile> _names = new(StringComparer.Ordinal);
    private int _complete;

    /// <summary>Which user of the disk is the current one; files opened by an earlier one are dead.</summary>
    internal int Generation { get; private set; }

    /// <summary>No file may grow.</summary>
    internal bool IsFull { get; set; }

    /// <summary>After so many more writes and forces one fails; negative: none.</summary>
    internal int OperationsUntilFailure { get; set; } = -1;

    internal long Writes { get; private set; }

    internal long Forces { get; private set; }

    internal long TornWrites { get; private set; }

    internal long LostWrites { get; private set; }

    internal long SectorTears { get; private set; }

    /// <summary>How likely an unforced write is lost at a stop of the machine.</summary>
    internal double LossChance { get; set; } = 0.5;

    /// <summary>How likely the last write that was kept is torn.</summary>
    internal double TearChance { get; set; } = 0.5;

    internal long FailedForces { get; private set; }

    /// <summary>What somebody gets who copies the disk now.</summary>
    internal SimDisk Copy()
    {
        SimDisk copy = new(new Prng(chance.Next()));
        foreach ((string path, SimFile file) in _names)
        {
            SimFile same = new();
            same.Cached.CopyFrom(file.Cached);
            same.Durable.CopyFrom(file.Cached);
            copy._names.Add(path, same);
            copy._durable.Add(path, same);
        }

        return copy;
    }

    /// <summary>All that was asked for so far has happened.</summary>
    internal void Complete()
    {
        _complete = _operations.Count;
        ApplyForces();
    }

    /// <summary>The process that used the disk is gone, and the machine perhaps with it.</summary>
    internal void Stop(bool machine)
    {
        Generation++;
        int cut = _complete + chance.Below(_operations.Count - _complete + 1);
        _operations.RemoveRange(cut, _operations.Count - cut);
        _complete = cut;
        ApplyForces();
        if (machine)
        {
            Lose();
        }

        Rebuild();
    }

    public IDiskFile Open(string path)
    {
        if (!_names.TryGetValue(path, out SimFile? file))
        {
            file = new SimFile();
            _names.Add(path, file);
            _operations.Add(new DiskOperation(DiskOperationKind.Create, file) { Path = path });
        }

        return new SimFileHandle(this, file, Generation);
    }

    public void SyncDirectory(string directory)
    {
        Check("force", directory);
        Forces++;
        _operations.Add(new DiskOperation(DiskOperationKind.ForceNames, null));
    }

    public void Rename(string from, string to)
    {
        SimFile file = _names[from];
        _names.Remove(from);
        _names[to] = file;
        _operations.Add(new DiskOperation(DiskOperationKind.Rename, file) { Path = from, To = to });
    }

    public void Remove(string path)
    {
        if (!_names.Remove(path, out SimFile? file))
        {
            throw new IOException($"The system could not remove '{path}': No such file or directory.");
        }

        _operations.Add(new DiskOperation(DiskOperationKind.Remove, file) { Path = path });
    }

    public bool Exists(string path) => _names.ContainsKey(path);

    public Stream OpenRead(string path) => _names.TryGetValue(path, out SimFile? file)
        ? new MemoryStream(file.Cached.Octets, 0, file.Cached.Length, writable: false)
        : throw new FileNotFoundException($"There is no file '{path}'.", path);

    public IEnumerable<string> List(string directory, string prefix)
    {
        string start = Path.Combine(directory, prefix);
        return _names.Keys.Where(path => path.StartsWith(start, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
    }

    public void Prepare(LogFiles files, LogOptions options)
    {
        // The directory was made with the node.
    }

    public IDisposable Claim(LogFiles files) => NoClaim.Instance;

    /// <summary>Throws where this operation is to fail.</summary>
    private void Check(string what, string path)
    {
        if (OperationsUntilFailure >= 0 && OperationsUntilFailure-- == 0)
        {
            throw new IOException($"The system could not {what} '{path}': Input/output error.");
        }
    }

    private void Write(SimFile file, ReadOnlySpan<byte> octets, long offset)
    {
        Check("write to", "a file");
        int end = (int)offset + octets.Length;
        if (IsFull && end > file.Cached.Length)
        {
            throw new IOException("The system could not write to a file: No space left on device.");
        }

        Writes++;
        byte[] copy = octets.ToArray();
        file.Cached.Write(copy, (int)offset);
        _operations.Add(new DiskOperation(DiskOperationKind.Write, file) { Octets = copy, Offset = (int)offset });
    }

    private void SetLength(SimFile file, long length)
    {
        Check("cut", "a file");
        file.Cached.SetLength((int)length);
        _operations.Add(new DiskOperation(DiskOperationKind.SetLength, file) { Offset = (int)length });
    }

    private void Force(SimFile file)
    {
        try
        {
            Check("force", "a file");
        }
        catch (IOException)
        {
            Unwritable(file);
            throw;
        }

        Forces++;
        _operations.Add(new DiskOperation(DiskOperationKind.Force, file));
    }

    // The system calls the pages clean that it could not write: they can be read until the machine stops, no later
    // force writes them, and the disk has some of them.
    private void Unwritable(SimFile file)
    {
        FailedForces++;
        foreach (DiskOperation one in _operations)
        {
            if (one.Kind == DiskOperationKind.Write && ReferenceEquals(one.File, file) && !one.Done)
            {
                one.OnlyCached = true;
            }
        }
    }

    // A force makes what was asked of its file before it durable, the file's name not included.
    private void ApplyForces()
    {
        for (int i = 0; i < _complete; i++)
        {
            DiskOperation force = _operations[i];
            if (force.Kind is DiskOperationKind.Force or DiskOperationKind.ForceNames)
            {
                for (int j = 0; j < i; j++)
                {
                    if (_operations[j] is { Done: false } one && IsCovered(one, force))
                    {
                        MakeDurable(one);
                        one.Done = true;
                        OverlayOnlyCached(one, j);
                    }
                }

                force.Done = true;
            }
        }

        _complete -= _operations.RemoveAll(one => one.Done);
    }

    // What is written anew over a page that the disk lacks is what the cache has there from now on.
    private void OverlayOnlyCached(DiskOperation written, int at)
    {
        for (int i = 0; i < at && written.Kind == DiskOperationKind.Write; i++)
        {
            DiskOperation older = _operations[i];
            if (older.OnlyCached && ReferenceEquals(older.File, written.File))
            {
                int from = Math.Max(older.Offset, written.Offset);
                int to = Math.Min(older.Offset + older.Octets.Length, written.Offset + written.Octets.Length);
                if (from < to)
                {
                    written.Octets.AsSpan(from - written.Offset, to - from).CopyTo(
                        older.Octets.AsSpan(from - older.Offset));
                }
            }
        }
    }

    private static bool IsCovered(DiskOperation one, DiskOperation force) => one.OnlyCached ? false
        : force.Kind == DiskOperationKind.Force
        ? one.Kind is DiskOperationKind.Write or DiskOperationKind.SetLength && ReferenceEquals(one.File, force.File)
        : one.Kind is DiskOperationKind.Create or DiskOperationKind.Rename or DiskOperationKind.Remove;

    private void MakeDurable(DiskOperation one)
    {
        switch (one.Kind)
        {
            case DiskOperationKind.Create:
                _durable[one.Path] = one.File!;
                break;
            case DiskOperationKind.Remove:
                _durable.Remove(one.Path);
                break;
            case DiskOperationKind.Rename:
                _durable.Remove(one.Path);
                _durable[one.To] = one.File!;
                break;
            case DiskOperationKind.Write:
                one.File!.Durable.Write(one.Octets, one.Offset);
                break;
            case DiskOperationKind.SetLength:
                one.File!.Durable.SetLength(one.Offset);
                break;
        }
    }

    // Names are kept up to some operation (file systems log them in order), writes in any subset.
    private void Lose()
    {
        int names = _operations.Count(IsOfNames);
        int kept = chance.Below(names + 1);
        foreach (DiskOperation one in _operations)
        {
            if (IsOfNames(one))
            {
                if (kept-- > 0)
                {
                    MakeDurable(one);
                }
            }
            else if (one.Kind == DiskOperationKind.Write && chance.Chance(TearChance))
            {
                Tear(one);
            }
            else if (!chance.Chance(LossChance))
            {
                MakeDurable(one);
            }
            else
            {
                LostWrites++;
            }
        }

        _operations.Clear();
        _complete = 0;
    }

    // The first part of a write, up to a sector's or an octet's boundary; or any of its sectors.
    private void Tear(DiskOperation write)
    {
        TornWrites++;
        if (chance.Chance(0.4))
        {
            TearSectors(write);
            return;
        }

        int length = chance.Below(write.Octets.Length + 1);
        if (chance.Chance(0.5))
        {
            length -= length % LogGeometry.SectorOctets;
        }

        write.File!.Durable.Write(write.Octets.AsSpan(0, length), write.Offset);
    }

    private void TearSectors(DiskOperation write)
    {
        SectorTears++;
        int sector = LogGeometry.SectorOctets;
        for (int from = 0; from < write.Octets.Length;)
        {
            int to = Math.Min(write.Octets.Length, (((write.Offset + from) / sector) + 1) * sector - write.Offset);
            if (chance.Chance(0.5))
            {
                write.File!.Durable.Write(write.Octets.AsSpan(from, to - from), write.Offset + from);
            }

            from = to;
        }
    }

    private static bool IsOfNames(DiskOperation one) =>
        one.Kind is DiskOperationKind.Create or DiskOperationKind.Rename or DiskOperationKind.Remove;

    /// <summary>What a process sees from now on: what is durable, and over it what the cache holds.</summary>
    private void Rebuild()
    {
        _names = new Dictionary<string, SimFile>(_durable, StringComparer.Ordinal);
        foreach (DiskOperation one in _operations.Where(IsOfNames))
        {
            switch (one.Kind)
            {
                case DiskOperationKind.Create:
                    _names[one.Path] = one.File!;
                    break;
                case DiskOperationKind.Rename:
                    _names.Remove(one.Path);
                    _names[one.To] = one.File!;
                    break;
                default:
                    _names.Remove(one.Path);
                    break;
            }
        }

        foreach (SimFile file in _names.Values)
        {
            file.Cached.CopyFrom(file.Durable);
        }

        foreach (DiskOperation one in _operations)
        {
            if (one.Kind == DiskOperationKind.Write)
            {
                one.File!.Cached.Write(one.Octets, one.Offset);
            }
            else if (one.Kind == DiskOperationKind.SetLength)
            {
                one.File!.Cached.SetLength(one.Offset);
            }
        }
    }

    private sealed class NoClaim : IDisposable
    {
        internal static readonly NoClaim Instance = new();

        public void Dispose()
        {
            // One manager a node, as the simulation has it.
        }
    }

    private sealed class SimFileHandle(SimDisk disk, SimFile file, int generation) : IDiskFile
    {
        public void Write(ReadOnlySpan<byte> octets, long offset)
        {
            Live();
            disk.Write(file, octets, offset);
        }

        public void Sync()
        {
            Live();
            disk.Force(file);
        }

        public void SetLength(long length)
        {
            Live();
            disk.SetLength(file, length);
        }

        public void Dispose()
        {
            // Nothing is held.
        }

        private void Live()
        {
            if (generation != disk.Generation)
            {
                throw new IOException("The process that opened the file is gone.");
            }
        }
    }
}
