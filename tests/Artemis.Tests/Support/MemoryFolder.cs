namespace Ccr.Artemis.Tests.Support;

/// <summary>
/// A disk in memory that forgets, at a crash, whatever was not forced: contents of files and names of the folder. It
/// can be told to crash at any change; from then on every call fails.
/// </summary>
internal sealed class MemoryFolder : IStoreFolder
{
    private readonly Dictionary<string, Content> _names = [];
    private readonly Dictionary<string, Content> _durable = [];
    private readonly Random _luck;
    private bool _crashed;

    internal MemoryFolder(int seed = 0) => _luck = new Random(seed);

    /// <summary>Changes so far.</summary>
    internal Steps Count { get; init; } = new();

    public string Path => "/memory";

    public IReadOnlyList<string> List() => [.. _names.Keys.Order()];

    public IStoreFile Create(string name)
    {
        Step();
        Content content = new();
        _names[name] = content;
        return new MemoryFile(this, content);
    }

    public IStoreFile Open(string name) => _names.TryGetValue(name, out Content? content)
        ? new MemoryFile(this, content)
        : throw new FileNotFoundException(name);

    public void Rename(string from, string to)
    {
        Step();
        _names.Remove(from, out Content? content);
        _names[to] = content!;
    }

    public void Remove(string name)
    {
        Step();
        _names.Remove(name);
    }

    public void Force()
    {
        Step();
        _durable.Clear();
        foreach ((string name, Content content) in _names)
        {
            _durable[name] = content;
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    /// <summary>The machine comes back: what was forced is there; of names and octets since then, some are.</summary>
    internal void ComeBack()
    {
        foreach (string name in _names.Keys.Union(_durable.Keys).ToList())
        {
            if (_luck.Next(2) == 0)
            {
                continue; // this change of the folder had reached the disk already
            }

            if (_durable.TryGetValue(name, out Content? old))
            {
                _names[name] = old;
            }
            else
            {
                _names.Remove(name);
            }
        }

        foreach (Content content in _names.Values)
        {
            content.ComeBack(_luck);
        }

        _crashed = false;
        Count.CrashAt = long.MaxValue;
        Force();
    }

    /// <summary>Changes the content of a file behind everybody's back.</summary>
    internal void Damage(string name, long offset) => _names[name].Octets[offset] ^= 0x10;

    internal long LengthOf(string name) => _names[name].Octets.Length;

    private void Step()
    {
        if (_crashed || ++Count.Done >= Count.CrashAt)
        {
            _crashed = true;
            Count.Crashed = true;
            throw new IOException("The disk is gone: this is the crash that the test asked for.");
        }
    }

    /// <summary>Changes of one or more folders, counted together.</summary>
    internal sealed class Steps
    {
        internal long Done { get; set; }

        internal long CrashAt { get; set; } = long.MaxValue;

        internal bool Crashed { get; set; }
    }

    private sealed class Content
    {
        internal byte[] Octets { get; set; } = [];

        internal byte[] Durable { get; set; } = [];

        /// <summary>A part of what was not forced may have reached the disk.</summary>
        internal void ComeBack(Random luck)
        {
            int cut = luck.Next(Octets.Length + 1);
            if (luck.Next(2) == 0 && Octets.Length > Durable.Length && cut > Durable.Length)
            {
                byte[] partly = Octets[..cut];
                Durable.CopyTo(partly, 0);
                Durable = partly;
            }

            Octets = [.. Durable];
        }
    }

    private sealed class MemoryFile(MemoryFolder folder, Content content) : IStoreFile
    {
        public long Length => content.Octets.Length;

        public void ReadAt(long offset, Span<byte> octets)
        {
            if (offset + octets.Length > content.Octets.Length)
            {
                throw new EndOfStreamException();
            }

            content.Octets.AsSpan((int)offset, octets.Length).CopyTo(octets);
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> octets)
        {
            folder.Step();
            if (content.Octets.Length < offset + octets.Length)
            {
                byte[] longer = new byte[offset + octets.Length];
                content.Octets.CopyTo(longer, 0);
                content.Octets = longer;
            }

            octets.CopyTo(content.Octets.AsSpan((int)offset));
        }

        public void SetLength(long length)
        {
            folder.Step();
            byte[] octets = content.Octets;
            Array.Resize(ref octets, (int)length);
            content.Octets = octets;
        }

        public void Force()
        {
            folder.Step();
            content.Durable = [.. content.Octets];
        }

        public void Dispose()
        {
            // The content stays.
        }
    }
}
