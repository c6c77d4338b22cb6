namespace Ccr.Simulation;

/// <summary>What may be asked of a disk.</summary>
internal enum DiskOperationKind
{
    Create,
    Rename,
    Remove,
    Write,
    SetLength,
    Force,
    ForceNames,
}

/// <summary>One operation that was asked of a disk, and may not be durable yet.</summary>
internal sealed class DiskOperation(DiskOperationKind kind, SimFile? file)
{
    internal DiskOperationKind Kind { get; } = kind;

    internal SimFile? File { get; } = file;

    internal string Path { get; init; } = "";

    internal string To { get; init; } = "";

    internal byte[] Octets { get; init; } = [];

    internal int Offset { get; init; }

    internal bool Done { get; set; }

    /// <summary>A force failed with it: the cache has it, and the disk will not get it.</summary>
    internal bool OnlyCached { get; set; }
}

/// <summary>A file: what a process reads of it, and what would be left of it.</summary>
internal sealed class SimFile
{
    internal SimOctets Cached { get; } = new();

    internal SimOctets Durable { get; } = new();
}

/// <summary>Octets of a file.</summary>
internal sealed class SimOctets
{
    private byte[] _octets = [];

    internal byte[] Octets => _octets;

    internal int Length { get; private set; }

    internal void Write(ReadOnlySpan<byte> octets, int offset)
    {
        if (octets.Length > 0)
        {
            Grow(Math.Max(Length, offset + octets.Length));
            octets.CopyTo(_octets.AsSpan(offset));
        }
    }

    internal void SetLength(int length)
    {
        if (length < Length)
        {
            _octets.AsSpan(length, Length - length).Clear();
            Length = length;
        }
        else
        {
            Grow(length);
        }
    }

    internal void CopyFrom(SimOctets other)
    {
        SetLength(0);
        Write(other._octets.AsSpan(0, other.Length), 0);
        Grow(other.Length);
    }

    private void Grow(int length)
    {
        if (length > _octets.Length)
        {
            Array.Resize(ref _octets, Math.Max(length, _octets.Length * 2));
        }

        Length = Math.Max(Length, length);
    }
}
