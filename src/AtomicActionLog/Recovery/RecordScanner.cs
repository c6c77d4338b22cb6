using System.Buffers.Binary;
using Ccr.AtomicActionLog.Storage;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Recovery;

/// <summary>A whole record of this log.</summary>
/// <param name="Address">Where its entry begins in the log's address space.</param>
/// <param name="Octets">What the entry takes there.</param>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="Content">What it says; null when this version does not know the content.</param>
/// <param name="JunkBefore">Octets other than zero stood between it and the record before.</param>
/// <param name="TornBefore">A sector between it and the record before, on its own page, looks never written.</param>
/// <param name="ForcedBefore">The last record that it claims to have been forced before it was appended.</param>
internal readonly record struct FoundRecord(
    long Address, int Octets, long Sequence, LogContent? Content, bool JunkBefore, bool TornBefore, long ForcedBefore);

/// <summary>
/// Reads every whole record that the segments hold, whatever lies between them: the authority of recovery (SEM-18).
/// It believes a record's own checksum and identity and nothing else. Where no entry begins, it looks for the log's
/// identity further on, so that no damage hides what stands behind it.
/// </summary>
internal sealed class RecordScanner : IDisposable
{
    private const int TagsBeforeIdentity = 2;
    private readonly LogFiles _files;
    private readonly LogGeometry _geometry;
    private readonly LogIdentity _log;
    private readonly IReadOnlyList<int> _segments;
    private readonly bool _mayVanish;
    private readonly byte[] _page;
    private readonly byte[] _mark = new byte[TagsBeforeIdentity + LogIdentity.Octets];
    private Stream? _file;
    private int _nextSegment;
    private long _segmentEnd;
    private long _pageAddress;
    private int _pageLength;
    private int _position;
    private bool _junk;

    internal RecordScanner(
        LogFiles files, LogIdentityFile identity, IReadOnlyList<int> segments, bool mayVanish = false)
    {
        _mayVanish = mayVanish;
        _files = files;
        _geometry = identity.Geometry;
        _log = identity.Log;
        _segments = segments;
        _page = new byte[identity.Geometry.PageOctets];
        _mark[0] = 0x80; // the envelope's first component: log [0], 16 octets (asn1/CCR-Log.asn1)
        _mark[1] = LogIdentity.Octets;
        _log.Write(_mark.AsSpan(TagsBeforeIdentity));
    }

    /// <summary>The address behind the last record found.</summary>
    internal long End { get; private set; }

    /// <summary>Octets other than zero stand behind the end; known once <see cref="Next"/> said false.</summary>
    internal bool JunkBehind => _junk;

    /// <summary>How many segments were removed before they could be read, where that may happen.</summary>
    internal int Vanished { get; private set; }

    /// <summary>The next whole record; false when there is none any more.</summary>
    internal bool Next(out FoundRecord record)
    {
        while (_position < _pageLength || ReadPage())
        {
            if (TryHere(out record) || TryFurther(out record))
            {
                _junk = false;
                End = record.Address + record.Octets;
                return true;
            }
        }

        record = default;
        return false;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    // An entry begins where the last one ended: the usual case.
    private bool TryHere(out FoundRecord record)
    {
        record = default;
        int left = _pageLength - _position - LogGeometry.EntryHeaderOctets;
        int length = left > 0 ? BinaryPrimitives.ReadInt32LittleEndian(_page.AsSpan(_position)) : 0;
        return length > 0 && length <= left
            && TryRecord(_position + LogGeometry.EntryHeaderOctets, length, out record);
    }

    // Looks for the identity in the rest of the page, and takes the first whole record around it.
    private bool TryFurther(out FoundRecord record)
    {
        int from = _position;
        while (true)
        {
            int found = _page.AsSpan(from, _pageLength - from).IndexOf(_mark);
            if (found < 0)
            {
                Pass(_pageLength);
                record = default;
                return false;
            }

            from += found;
            for (int header = 2; header <= 5; header++)
            {
                int start = from - header;
                int length = start < _position ? 0 : EnvelopeLength(start, header);
                if (length > 0 && start + length <= _pageLength && TryRecord(start, length, out record))
                {
                    return true;
                }
            }

            from++;
        }
    }

    // The length of the SEQUENCE at start whose identifier and length take so many octets; 0 when they do not.
    private int EnvelopeLength(int start, int header)
    {
        if (_page[start] != 0x30)
        {
            return 0;
        }

        int first = _page[start + 1];
        if (header == 2)
        {
            return first < 0x80 ? header + first : 0;
        }

        int length = 0;
        for (int i = 2; i < header; i++)
        {
            length = (length << 8) | _page[start + i];
        }

        return first == (0x80 | (header - 2)) && length < _page.Length ? header + length : 0;
    }

    private bool TryRecord(int start, int length, out FoundRecord record)
    {
        record = default;
        ReadOnlySpan<byte> octets = _page.AsSpan(start, length);
        LogRecord? found = LogRecord.Decode(octets, _log, out LogRecordVerdict verdict);
        if (verdict is not (LogRecordVerdict.Good or LogRecordVerdict.UnknownContent))
        {
            return false;
        }

        int entry = Math.Max(start - LogGeometry.EntryHeaderOctets, 0);
        bool torn = !_junk && HasUnwrittenSector(_position, start);
        Pass(Math.Max(entry, _position));
        int octetsTaken = Math.Min(LogGeometry.EntryOctets(length), _geometry.PageOctets - entry);
        record = new FoundRecord(
            _pageAddress + entry, octetsTaken, found?.Sequence ?? 0, found?.Content, _junk, torn,
            found?.ForcedBefore ?? long.MaxValue);
        _position = Math.Min(entry + octetsTaken, _pageLength);
        return true;
    }

    // One write makes a page grow: where it was torn, a sector is as it was, zero behind what the page held before
    // (docs/adr/0007-torn-batches.md). The sector in which the next whole envelope begins was written.
    private bool HasUnwrittenSector(int from, int until)
    {
        until &= ~(LogGeometry.SectorOctets - 1);
        while (from < until)
        {
            int end = (from + LogGeometry.SectorOctets) & ~(LogGeometry.SectorOctets - 1);
            if (!_page.AsSpan(from, end - from).ContainsAnyExcept((byte)0))
            {
                return true;
            }

            from = end;
        }

        return false;
    }

    // Passes over octets that are no record; anything but zero there is noted.
    private void Pass(int until)
    {
        _junk |= _page.AsSpan(_position, until - _position).ContainsAnyExcept((byte)0);
        _position = until;
    }

    // A page that is not whole is the last of its segment, even if a running manager lengthens the file meanwhile.
    private bool ReadPage()
    {
        while (true)
        {
            if (_file is not null && _pageLength == _page.Length)
            {
                _pageAddress += _page.Length;
                _pageLength = _pageAddress < _segmentEnd ? Read(_file) : 0;
                _position = 0;
            }
            else
            {
                _pageLength = 0;
            }

            if (_pageLength > 0)
            {
                return true;
            }

            Dispose();
            if (_nextSegment == _segments.Count)
            {
                return false;
            }

            try
            {
                OpenSegment(_segments[_nextSegment++]);
            }
            catch (FileNotFoundException) when (_mayVanish)
            {
                Vanished++;
            }
        }
    }

    private void OpenSegment(int segment)
    {
        _file = _files.Disk.OpenRead(_files.Segment(segment));
        _segmentEnd = _geometry.StartOf(segment) + _geometry.SegmentOctets;
        _pageAddress = _geometry.StartOf(segment) - _page.Length;
        _pageLength = _page.Length;
        _position = _pageLength;
    }

    private int Read(Stream file) => file.ReadAtLeast(_page, _page.Length, throwOnEndOfStream: false);
}
