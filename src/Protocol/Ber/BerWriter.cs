using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Ber;

/// <summary>
/// Writes BER in the one form we send: definite lengths, the shortest (ccr-standard.md 2.3). Forward, into a
/// buffer that grows and is used again: once it has grown, writing allocates nothing.
/// </summary>
public sealed class BerWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[int.Max(capacity, 16)];
    private int _length;

    /// <summary>Octets written since the last <see cref="Reset"/>.</summary>
    public int Length => _length;

    /// <summary>What was written since the last <see cref="Reset"/>; good until the next call.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>As <see cref="Written"/>, for asynchronous sends: the writer must rest until they end.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    /// <summary>Starts anew in the same buffer.</summary>
    public void Reset() => _length = 0;

    /// <summary>Forgets what was written behind <paramref name="length"/> octets.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length, nameof(length));
        _length = length;
    }

    /// <summary>Begins a constructed element; give the mark to <see cref="End"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Begin(int tag)
    {
        if (tag < 0x100 && _buffer.Length - _length >= 2)
        {
            _buffer[_length] = (byte)(tag | BerTag.ConstructedBit);
            _length += 2;
        }
        else
        {
            BeginSlow(tag);
        }

        return _length;
    }

    /// <summary>Ends the constructed element that gave this mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(int mark)
    {
        int length = _length - mark;
        if ((uint)length < 0x80)
        {
            _buffer[mark - 1] = (byte)length;
        }
        else
        {
            EndLong(mark, length);
        }
    }

    /// <summary>INTEGER, the fewest octets (X.690 8.3.2).</summary>
    public void WriteInteger(int tag, long value)
    {
        if (value == (sbyte)value && tag < 0x100 && _buffer.Length - _length >= 3)
        {
            _buffer[_length] = (byte)tag;
            _buffer[_length + 1] = 1;
            _buffer[_length + 2] = (byte)value;
            _length += 3;
            return;
        }

        int bits = 65 - BitOperations.LeadingZeroCount((ulong)(value < 0 ? ~value : value));
        int octets = (bits + 7) / 8;
        Header(tag, octets);
        Span<byte> whole = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(whole, value);
        whole[(8 - octets)..].CopyTo(_buffer.AsSpan(_length));
        _length += octets;
    }

    /// <summary>ENUMERATED.</summary>
    public void WriteEnumerated(int tag, int value) => WriteInteger(tag, value);

    /// <summary>BOOLEAN; true is FF.</summary>
    public void WriteBoolean(int tag, bool value)
    {
        Header(tag, 1);
        _buffer[_length++] = value ? (byte)0xFF : (byte)0;
    }

    /// <summary>NULL.</summary>
    public void WriteNull(int tag) => Header(tag, 0);

    /// <summary>OCTET STRING, or any other primitive element by its content.</summary>
    public void WriteOctets(int tag, ReadOnlySpan<byte> octets)
    {
        Header(tag, octets.Length);
        octets.CopyTo(_buffer.AsSpan(_length));
        _length += octets.Length;
    }

    /// <summary>OBJECT IDENTIFIER by its content octets.</summary>
    public void WriteOid(int tag, ReadOnlySpan<byte> content) => WriteOctets(tag, content);

    /// <summary>UTF8String.</summary>
    public void WriteText(int tag, string text)
    {
        int octets = Encoding.UTF8.GetByteCount(text);
        Header(tag, octets);
        Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length, octets));
        _length += octets;
    }

    /// <summary>BIT STRING by its octets.</summary>
    public void WriteBits(int tag, int unusedBits, ReadOnlySpan<byte> octets)
    {
        Header(tag, octets.Length + 1);
        _buffer[_length++] = (byte)unusedBits;
        octets.CopyTo(_buffer.AsSpan(_length));
        _length += octets.Length;
    }

    /// <summary>BIT STRING with named bits: bit n of <paramref name="set"/> is named bit n; no zeros behind.</summary>
    public void WriteNamedBits(int tag, ulong set)
    {
        int bits = 64 - BitOperations.LeadingZeroCount(set);
        int octets = (bits + 7) / 8;
        Header(tag, octets + 1);
        _buffer[_length++] = (byte)((octets * 8) - bits);
        Span<byte> content = _buffer.AsSpan(_length, octets);
        content.Clear();
        for (int bit = 0; bit < bits; bit++)
        {
            content[bit / 8] |= (byte)(((set >> bit) & 1) << (7 - (bit % 8)));
        }

        _length += octets;
    }

    /// <summary>AE-title, which has no tag of its own (asn1/ACSE-AE-Title-Subset.asn1).</summary>
    public void WriteAeTitle(AeTitle title) => WriteRaw(title.Encoded);

    /// <summary>Whole elements that are BER already.</summary>
    public void WriteRaw(ReadOnlySpan<byte> elements)
    {
        Ensure(elements.Length);
        elements.CopyTo(_buffer.AsSpan(_length));
        _length += elements.Length;
    }

    /// <summary>
    /// Moves the element written last, which begins at <paramref name="from"/>, to its place in the ascending order
    /// of the elements that begin at <paramref name="first"/> (X.690 11.6: a SET OF in canonical order).
    /// </summary>
    internal void SortLast(int first, int from)
    {
        BerStatus status = default;
        BerReader elements = new(_buffer.AsSpan(first, from - first), ref status);
        ReadOnlySpan<byte> last = _buffer.AsSpan(from, _length - from);
        while (!elements.AtEnd)
        {
            int at = first + elements.Position;
            if (elements.ReadRaw().SequenceCompareTo(last) > 0)
            {
                byte[] moved = last.ToArray();
                _buffer.AsSpan(at, from - at).CopyTo(_buffer.AsSpan(at + moved.Length));
                moved.CopyTo(_buffer, at);
                return;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Header(int tag, int length)
    {
        if (tag < 0x100 && length < 0x80 && _buffer.Length - _length >= length + 2)
        {
            _buffer[_length] = (byte)tag;
            _buffer[_length + 1] = (byte)length;
            _length += 2;
        }
        else
        {
            HeaderSlow(tag, length);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void HeaderSlow(int tag, int length)
    {
        Ensure(length + 16);
        Identifier(tag, 0);
        if (length >= 0x80)
        {
            int octets = LengthOctets(length);
            _buffer[_length++] = (byte)(0x80 | octets);
            PutLength(_length, length, octets);
            _length += octets;
            return;
        }

        _buffer[_length++] = (byte)length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeginSlow(int tag)
    {
        Ensure(16);
        Identifier(tag, BerTag.ConstructedBit);
        _length++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndLong(int mark, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        int octets = LengthOctets(length);
        Ensure(octets);
        _buffer.AsSpan(mark, length).CopyTo(_buffer.AsSpan(mark + octets));
        _buffer[mark - 1] = (byte)(0x80 | octets);
        PutLength(mark, length, octets);
        _length += octets;
    }

    private void Identifier(int tag, int constructed)
    {
        _buffer[_length++] = (byte)(tag | constructed);
        if (tag < 0x100)
        {
            return;
        }

        int number = BerTag.NumberOf(tag);
        int septets = (38 - BitOperations.LeadingZeroCount((uint)number)) / 7;
        for (int i = septets - 1; i >= 0; i--)
        {
            _buffer[_length++] = (byte)(((number >> (7 * i)) & 0x7F) | (i > 0 ? 0x80 : 0));
        }
    }

    private void PutLength(int at, int length, int octets)
    {
        for (int i = octets - 1; i >= 0; i--)
        {
            _buffer[at++] = (byte)(length >> (8 * i));
        }
    }

    private static int LengthOctets(int length) => (39 - BitOperations.LeadingZeroCount((uint)length)) / 8;

    private void Ensure(int octets)
    {
        if (_buffer.Length - _length < octets)
        {
            int twice = (int)uint.Min((uint)_buffer.Length * 2, (uint)Array.MaxLength);
            Array.Resize(ref _buffer, int.Max(checked(_length + octets), twice));
        }
    }
}
