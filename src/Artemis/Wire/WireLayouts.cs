using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ccr.Artemis;

/// <summary>Eight words of CPUID.</summary>
[InlineArray(8)]
internal struct CpuWords
{
    private uint _first;
}

/// <summary>struct hello of wire.h; its strings follow it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HelloHead
{
    internal uint Version;
    internal uint Mode;
    internal uint Tracking;
    internal uint Pid;
    internal ulong LastNumber;
    internal ulong StartBrk;
    internal ulong JacketText;
    internal ulong Xcr0;
    internal CpuWords CpuWords;
    internal ulong VdsoHashLow;
    internal ulong VdsoHashHigh;
    internal uint MemberLength;
    internal uint ExeLength;
    internal uint KernelLength;
    internal uint ArgumentsLength;
    internal uint EnvironmentLength;
    internal uint CwdLength;
}

/// <summary>struct welcome.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WelcomeBody
{
    internal uint Version;
    internal uint Flags;
}

/// <summary>struct prepare; the slab's path follows it, ended by NUL.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PrepareHead
{
    internal ulong Number;
    internal PrepareFlags Flags;
    internal uint StopTimeoutMs;
}

/// <summary>struct progress.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgressBody
{
    internal ulong Number;
    internal ulong ElapsedNs;
    internal ulong SlabLength;
    internal ulong DirtyPages;
    internal uint Threads;
    internal uint Code;
}

/// <summary>struct section_entry.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SectionEntry
{
    internal ulong Offset;
    internal ulong Length;
}

/// <summary>The sections of a slab's head.</summary>
[InlineArray((int)Section.Count)]
internal struct SectionEntries
{
    private SectionEntry _first;
}

/// <summary>struct slab_head.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SlabHead
{
    internal ulong Magic;
    internal uint Version;
    internal PrepareFlags Flags;
    internal ulong Number;
    internal ulong RealtimeNs;
    internal ulong MonotonicNs;
    internal ulong HeadLength;
    internal ulong PagesOffset;
    internal ulong PagesCount;
    internal SectionEntries Sections;
}

/// <summary>struct run: addresses of pages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct PageRun(ulong Start, ulong End)
{
    internal readonly long Pages => (long)((End - Start) / WireWords.PageOctets);
}

/// <summary>struct region.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RegionBody
{
    internal ulong Start;
    internal ulong End;
    internal ulong FileOffset;
    internal ulong Device;
    internal ulong Inode;
    internal uint Protection;
    internal uint Kind;
    internal uint Path;
    internal uint Capture;
    internal ulong FileSize;
    internal long FileMtimeNs;
}

/// <summary>struct capture.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CaptureBody
{
    internal ulong Device;
    internal ulong Inode;
    internal ulong Size;
    internal long MtimeNs;
    internal int Descriptor;
    internal CaptureFlags Flags;
    internal uint Path;
    internal uint Mode;
}

/// <summary>struct source.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SourceBody
{
    internal uint Path;
    internal uint Flags;
}

/// <summary>struct extent.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExtentBody
{
    internal ulong Address;
    internal ulong Length;
    internal ulong FileOffset;
    internal uint Source;
    internal uint Zero;
}
