using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Ccr.Artemis.Tests.Support;

/// <summary>
/// The memory of a program that is none: pages that are written, dropped and written again, and slabs as the jacket
/// would fill them.
/// </summary>
internal sealed class FakeProgram(int seed)
{
    private const int InodeInStatx = 32;
    private const int Page = WireWords.PageOctets;
    private readonly Random _random = new(seed);
    private readonly SortedSet<ulong> _dirty = [];

    /// <summary>Every page that exists, with its content.</summary>
    internal SortedDictionary<ulong, byte[]> Memory { get; private set; } = [];

    /// <summary>Descriptions of files for SECTION_CAPTURES.</summary>
    internal List<(string Path, CaptureBody Capture)> Captures { get; } = [];

    internal IReadOnlyCollection<ulong> Dirty => _dirty;

    /// <summary>Has a file open, or mapped, that it writes.</summary>
    internal void Capture(string path, int descriptor = -1) =>
        Captures.Add((path, new CaptureBody { Inode = InodeOf(path), Descriptor = descriptor }));

    /// <summary>Does what programs do.</summary>
    internal void Run(int changes)
    {
        for (int i = 0; i < changes; i++)
        {
            ulong address = 0x10000ul + ((ulong)_random.Next(200) * Page);
            switch (_random.Next(8))
            {
                case 0:
                    Memory.Remove(address);
                    _dirty.Remove(address);
                    break;
                case 1:
                    Write(address, new byte[Page]);
                    break;
                case 2: // a content that others have too
                    Write(address, Filled((byte)_random.Next(1, 4)));
                    break;
                default:
                    byte[] page = new byte[Page];
                    _random.NextBytes(page);
                    Write(address, page);
                    break;
            }
        }
    }

    internal void Write(ulong address, byte[] page)
    {
        Memory[address] = page;
        _dirty.Add(address);
    }

    /// <summary>The memory as it is now, for a comparison later.</summary>
    internal SortedDictionary<ulong, byte[]> Snapshot() => new(Memory);

    /// <summary>Goes back to an earlier memory.</summary>
    internal void GoBack(SortedDictionary<ulong, byte[]> memory)
    {
        Memory = new SortedDictionary<ulong, byte[]>(memory);
        _dirty.Clear();
    }

    /// <summary>A slab, as the jacket fills it; changed pages count as saved from now on.</summary>
    internal byte[] TakeSlab(long number, bool full)
    {
        ulong[] saved = full ? [.. Memory.Keys] : [.. _dirty];
        _dirty.Clear();
        byte[] strings = Strings(out uint[] paths);
        CaptureBody[] captures = [.. Captures.Select((c, i) => c.Capture with { Path = paths[i] })];
        byte[] head = Head(
            number, full, saved.Length,
            (Section.Populated, Octets(RunsOf(Memory.Keys))), (Section.Dirty, Octets(RunsOf(saved))),
            (Section.Captures, Octets(captures)), (Section.Strings, strings));
        return [.. head, .. saved.SelectMany(address => Memory[address])];
    }

    /// <summary>A head with some sections; the pages begin behind it.</summary>
    internal static byte[] Head(
        long number, bool full, int pages, params ReadOnlySpan<(Section Section, byte[] Octets)> sections)
    {
        SlabHead head = new()
        {
            Magic = WireWords.SlabMagic,
            Version = WireWords.Version,
            Flags = full ? PrepareFlags.Full : PrepareFlags.None,
            Number = (ulong)number,
            PagesCount = (ulong)pages,
        };
        MemoryStream body = new();
        int at = Marshal.SizeOf<SlabHead>();
        foreach ((Section section, byte[] octets) in sections)
        {
            head.Sections[(int)section] = new SectionEntry
            {
                Offset = (ulong)(at + body.Length),
                Length = (ulong)octets.Length,
            };
            body.Write(octets);
            body.Write(new byte[(8 - (octets.Length % 8)) % 8]);
        }

        head.HeadLength = (ulong)(at + body.Length);
        head.PagesOffset = (head.HeadLength + Page - 1) / Page * Page;
        byte[] all = new byte[head.PagesOffset];
        MemoryMarshal.Write(all, head);
        body.ToArray().CopyTo(all, at);
        return all;
    }

    internal static byte[] Octets<T>(ReadOnlySpan<T> items)
        where T : struct => MemoryMarshal.AsBytes(items).ToArray();

    internal static byte[] Octets<T>(T[] items)
        where T : struct => Octets<T>(items.AsSpan());

    internal static PageRun[] RunsOf(IEnumerable<ulong> addresses)
    {
        List<PageRun> runs = [];
        foreach (ulong address in addresses.Order())
        {
            if (runs.Count > 0 && runs[^1].End == address)
            {
                runs[^1] = runs[^1] with { End = address + Page };
            }
            else
            {
                runs.Add(new PageRun(address, address + Page));
            }
        }

        return [.. runs];
    }

    private static byte[] Filled(byte value)
    {
        byte[] page = new byte[Page];
        page.AsSpan().Fill(value);
        return page;
    }

    private byte[] Strings(out uint[] paths)
    {
        MemoryStream octets = new();
        octets.WriteByte(0);
        paths = new uint[Captures.Count];
        for (int i = 0; i < paths.Length; i++)
        {
            paths[i] = (uint)octets.Length;
            octets.Write(Encoding.UTF8.GetBytes(Captures[i].Path + "\0"));
        }

        return octets.ToArray();
    }

    private static ulong InodeOf(string path)
    {
        Span<byte> state = stackalloc byte[256];
        Assert.Equal(0, Libc.statx(Libc.AtFdCwd, path, 0, Libc.StatxBasic, ref state[0]));
        return BinaryPrimitives.ReadUInt64LittleEndian(state[InodeInStatx..]);
    }
}

/// <summary>Pages in an array.</summary>
internal sealed class ArrayMemory(byte[] octets) : IPageMemory
{
    public ReadOnlySpan<byte> At(long offset, int length) => octets.AsSpan((int)offset, length);
}
