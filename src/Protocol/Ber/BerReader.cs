using System.Runtime.CompilerServices;

namespace Ccr.Protocol.Ber;

/// <summary>
/// Reads BER in every legal form: indefinite, long and non-minimal lengths, constructed strings. Nothing throws
/// for what the octets hold: a failed read returns <c>default</c> and sets the shared status, whose first error
/// stays. A reader of a constructed element's content comes from <see cref="Enter"/>; the outer reader has then
/// already passed that element. Nothing recurses on the input; time is linear in it, times
/// <see cref="Limits.BerDepthMax"/> at worst.
/// </summary>
public ref partial struct BerReader
{
    private readonly ReadOnlySpan<byte> _octets;
    private readonly ref BerStatus _status;
    private readonly AeTitleCache? _titles;
    private readonly int _end;
    private readonly int _depth;
    private int _position;

    /// <summary>A reader of a frame.</summary>
    /// <param name="octets">The frame.</param>
    /// <param name="status">Where errors go: a variable of the caller's, <c>default</c> at first.</param>
    /// <param name="titles">Titles already known, so that reading them again allocates nothing.</param>
    public BerReader(ReadOnlySpan<byte> octets, ref BerStatus status, AeTitleCache? titles = null)
        : this(octets, 0, octets.Length, 0, ref status, titles)
    {
    }

    private BerReader(
        ReadOnlySpan<byte> octets, int position, int end, int depth, ref BerStatus status, AeTitleCache? titles)
    {
        _octets = octets;
        _position = position;
        _end = end;
        _depth = depth;
        _status = ref status;
        _titles = titles;
    }

    /// <summary>True when some read of this decoding failed.</summary>
    public readonly bool Failed => _status.Error != BerError.None;

    /// <summary>True when no element is left, or the decoding failed.</summary>
    public readonly bool AtEnd => _position >= _end || _status.Error != BerError.None;

    /// <summary>The octet at which the next element begins, counted from the start of the frame.</summary>
    public readonly int Position => _position;

    /// <summary>How many elements this reader is inside of.</summary>
    public readonly int Depth => _depth;

    /// <summary>The next element's tag as one integer (see <see cref="BerTag"/>), or -1 at the end.</summary>
    public int PeekTag()
    {
        if (AtEnd)
        {
            return -1;
        }

        int first = _octets[_position];
        if ((first & BerTag.HighNumber) != BerTag.HighNumber)
        {
            return first & ~BerTag.ConstructedBit;
        }

        return PeekTag(out BerTag tag) ? tag.Value : -1;
    }

    /// <summary>The next element's tag in full; false at the end.</summary>
    public bool PeekTag(out BerTag tag)
    {
        tag = default;
        if (AtEnd)
        {
            return false;
        }

        BerHeader header = default;
        int position = _position;
        BerError error = BerHeader.ParseTag(_octets, ref position, _end, ref header);
        if (error != BerError.None)
        {
            Fail(error);
            return false;
        }

        tag = new BerTag(BerTag.ClassOf(header.Tag), BerTag.NumberOf(header.Tag), header.Constructed);
        return true;
    }

    /// <summary>The number of the next element's tag when it is a context tag; -1 for others and at the end.</summary>
    public int PeekContext()
    {
        int tag = PeekTag();
        return tag >= 0 && BerTag.ClassOf(tag) == 2 ? BerTag.NumberOf(tag) : -1;
    }

    /// <summary>True when the next element has this tag: for OPTIONAL and DEFAULT components.</summary>
    public bool NextIs(int tag) => PeekTag() == tag;

    /// <summary>Passes a constructed element and returns the reader of its content.</summary>
    public BerReader Enter(int tag)
    {
        int content = _position + 2;
        if (content <= _end && _octets[_position] == (tag | BerTag.ConstructedBit) && tag < BerTag.ConstructedBit << 3)
        {
            int length = _octets[_position + 1];
            if (length < 0x80 && length <= _end - content && _depth < Limits.BerDepthMax)
            {
                _position = content + length;
                return new BerReader(_octets, content, _position, _depth + 1, ref _status, _titles);
            }
        }

        return EnterSlow(tag);
    }

    /// <summary>As <see cref="Enter"/>, for an OPTIONAL element: false when the next one has another tag.</summary>
    public bool TryEnter(int tag, out BerReader inner)
    {
        if (!NextIs(tag))
        {
            inner = default;
            return false;
        }

        inner = Enter(tag);
        return !Failed;
    }

    /// <summary>Passes one element, whatever it is.</summary>
    public void Skip()
    {
        if (TryHeader(out BerHeader header))
        {
            Pass(header, out _);
        }
    }

    /// <summary>Passes one element, whatever it is, and returns all its octets.</summary>
    public ReadOnlySpan<byte> ReadRaw()
    {
        int start = _position;
        Skip();
        return Failed ? default : _octets[start.._position];
    }

    /// <summary>Passes all elements that are left: what a later version put at an extension point.</summary>
    public void End()
    {
        while (!AtEnd)
        {
            Skip();
        }
    }

    /// <summary>Passes unknown elements up to one with this tag, or to the end (a second extension marker).</summary>
    public void SkipUntil(int tag)
    {
        while (!AtEnd && PeekTag() != tag)
        {
            Skip();
        }
    }

    /// <summary>Nothing may be left: the end of a SEQUENCE that is not extensible.</summary>
    public void EndExactly()
    {
        if (!AtEnd)
        {
            Fail(BerError.UnexpectedElement);
        }
    }

    /// <summary>Nothing may be left: the end of a frame.</summary>
    public void EndFrame()
    {
        if (!AtEnd)
        {
            Fail(BerError.TrailingOctets);
        }
    }

    /// <summary>Says that the decoding failed here. The first error stays.</summary>
    public void Fail(BerError error) => FailAt(error, _position);

    private void FailAt(BerError error, int position)
    {
        if (_status.Error == BerError.None)
        {
            _status.Error = error;
            _status.Position = position;
        }

        _position = _end;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private BerReader EnterSlow(int tag)
    {
        if (!TryHeader(tag, out BerHeader header))
        {
            return Nothing();
        }

        if (!header.Constructed)
        {
            Fail(BerError.BadTag);
            return Nothing();
        }

        if (_depth >= Limits.BerDepthMax)
        {
            Fail(BerError.TooDeep);
            return Nothing();
        }

        return Pass(header, out int contentEnd)
            ? new BerReader(_octets, header.Content, contentEnd, _depth + 1, ref _status, _titles)
            : Nothing();
    }

    // A reader with nothing left, so that calls on it after a failure are harmless.
    private readonly BerReader Nothing() => new(_octets, _end, _end, _depth, ref _status, _titles);

    // The header of the next element, whatever it is; does not move.
    private bool TryHeader(out BerHeader header)
    {
        if (AtEnd)
        {
            header = default;
            Fail(_depth == 0 ? BerError.Truncated : BerError.MissingElement);
            return false;
        }

        BerError error = BerHeader.Parse(_octets, _position, _end, out header);
        if (error != BerError.None)
        {
            Fail(error);
        }

        return error == BerError.None;
    }

    // The header of the next element, which must have this tag; does not move.
    private bool TryHeader(int tag, out BerHeader header)
    {
        if (!TryHeader(out header))
        {
            return false;
        }

        if (header.Tag != tag)
        {
            Fail(BerError.UnexpectedElement);
            return false;
        }

        return true;
    }

    // Moves behind the element of this header.
    private bool Pass(in BerHeader header, out int contentEnd)
    {
        if (header.Length >= 0)
        {
            contentEnd = header.Content + header.Length;
            _position = contentEnd;
            return true;
        }

        contentEnd = FindEndOfContents(header.Content);
        _position = contentEnd < 0 ? _end : contentEnd + 2;
        return contentEnd >= 0;
    }

    // Where the end-of-contents octets of an indefinite element stand (X.690 8.1.5), or -1. Definite elements are
    // stepped over; open indefinite ones are only counted.
    private int FindEndOfContents(int position)
    {
        int open = 1;
        while (true)
        {
            if (position < _end && _octets[position] == 0)
            {
                if (position + 1 >= _end || _octets[position + 1] != 0)
                {
                    FailAt(position + 1 >= _end ? BerError.Truncated : BerError.BadLength, position);
                    return -1;
                }

                if (--open == 0)
                {
                    return position;
                }

                position += 2;
                continue;
            }

            BerError error = BerHeader.Parse(_octets, position, _end, out BerHeader header);
            if (error == BerError.None && header.Length < 0 && ++open + _depth > Limits.BerDepthMax)
            {
                error = BerError.TooDeep;
            }

            if (error != BerError.None)
            {
                FailAt(error, position);
                return -1;
            }

            position = header.Length < 0 ? header.Content : header.Content + header.Length;
        }
    }
}
