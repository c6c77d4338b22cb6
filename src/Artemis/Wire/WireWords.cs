namespace Ccr.Artemis;

/// <summary>The numbers of wire.h, which tells what they mean; a test compares both.</summary>
internal static class WireWords
{
    internal const uint Version = 2;
    internal const int JacketSignal = 60;
    internal const int PageOctets = 4096;
    internal const ulong SlabMagic = 0x42414c534a524343;

    /// <summary>
    /// No frame is longer: HELLO carries arguments and environment, which the kernel limits to far less.
    /// </summary>
    internal const int FrameOctetsMax = 8 << 20;
}

internal enum FrameType : uint
{
    Hello = 1,
    Welcome = 2,
    Refused = 3,
    Prepare = 4,
    Stopped = 5,
    Tentative = 6,
    Resume = 7,
    Failed = 8,
    Restore = 9,
    Restored = 10,
    Gone = 11,
}

internal enum HelloMode : uint
{
    Run = 1,
    Restore = 2,
    Again = 3,
}

internal enum Tracking : uint
{
    Scan = 1,
    Whole = 2,
    SoftDirty = 3,
}

[Flags]
internal enum PrepareFlags : uint
{
    None = 0,
    Full = 1,
    Group = 2,
}

internal enum Failure : uint
{
    StopTimeout = 1,
    Unsupported = 2,
    Space = 3,
    InVdso = 4,
    Children = 5,
    System = 6,
}

internal enum Section
{
    Process = 0,
    Threads = 1,
    Regions = 2,
    Descriptors = 3,
    Channels = 4,
    Populated = 5,
    Dirty = 6,
    Captures = 7,
    Strings = 8,
    Locks = 9,
    Watches = 10,
    Signals = 11,
    Sources = 12,
    Extents = 13,
    Count = 16,
}

[Flags]
internal enum CaptureFlags : uint
{
    None = 0,
    Unlinked = 1,
    Mapped = 2,
}
