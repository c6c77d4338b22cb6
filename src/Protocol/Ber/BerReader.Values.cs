using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Ccr.Protocol.Ber;

/// <summary>The primitive types.</summary>
public ref partial struct BerReader
{
    /// <summary>INTEGER of at most 8 octets (X.690 8.3); longer ones are <see cref="BerError.BadValue"/>.</summary>
    public long ReadInteger(int tag)
    {
        int start = _position;
        ReadOnlySpan<byte> content = ReadPrimitive(tag);
        if (content.Length == 1)
        {
            return (sbyte)content[0];
        }

        return ReadLongInteger(content, start);
    }

    /// <summary>INTEGER within bounds; others are <see cref="BerError.BadValue"/>.</summary>
    public long ReadInteger(int tag, long min, long max)
    {
        int start = _position;
        long value = ReadInteger(tag);
        if (value >= min && value <= max)
        {
            return value;
        }

        FailAt(BerError.BadValue, start);
        return 0;
    }

    /// <summary>ENUMERATED. Whether the value is known is the caller's question.</summary>
    public int ReadEnumerated(int tag) => (int)ReadInteger(tag, int.MinValue, int.MaxValue);

    /// <summary>ENUMERATED of a type that is not extensible: 0 to <paramref name="max"/>.</summary>
    public int ReadEnumerated(int tag, int max) => (int)ReadInteger(tag, 0, max);

    /// <summary>BOOLEAN (X.690 8.2): any octet but 00 is true.</summary>
    public bool ReadBoolean(int tag)
    {
        int start = _position;
        ReadOnlySpan<byte> content = ReadPrimitive(tag);
        if (content.Length == 1)
        {
            return content[0] != 0;
        }

        FailAt(BerError.BadValue, start);
        return false;
    }

    /// <summary>NULL.</summary>
    public void ReadNull(int tag)
    {
        int start = _position;
        if (!ReadPrimitive(tag).IsEmpty)
        {
            FailAt(BerError.BadValue, start);
        }
    }

    /// <summary>The content octets of an OBJECT IDENTIFIER (X.690 8.19), checked.</summary>
    public ReadOnlySpan<byte> ReadOid(int tag)
    {
        int start = _position;
        ReadOnlySpan<byte> content = ReadPrimitive(tag);
        if (IsOid(content))
        {
            return content;
        }

        FailAt(BerError.BadValue, start);
        return default;
    }

    /// <summary>UTF8String, checked; longer ones than the limit are <see cref="BerError.TooLong"/>.</summary>
    public string ReadText(int tag, int octetsMax = Limits.TextOctetsMax)
    {
        int start = _position;
        ReadOnlySpan<byte> octets = ReadOctets(tag, octetsMax);
        if (octets.IsEmpty)
        {
            return "";
        }

        if (Utf8.IsValid(octets))
        {
            return Encoding.UTF8.GetString(octets);
        }

        FailAt(BerError.BadValue, start);
        return "";
    }

    /// <summary>The content octets of an element that must be primitive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> ReadPrimitive(int tag)
    {
        int content = _position + 2;
        if (content <= _end && _octets[_position] == tag)
        {
            int length = _octets[_position + 1];
            if (length < 0x80 && length <= _end - content)
            {
                _position = content + length;
                return _octets.Slice(content, length);
            }
        }

        return ReadPrimitiveSlow(tag);
    }

    internal static bool IsOid(ReadOnlySpan<byte> content)
    {
        bool first = true;
        foreach (byte b in content)
        {
            if (first && b == 0x80)
            {
                return false; // X.690 8.19.2: the fewest octets
            }

            first = b < 0x80;
        }

        return first && !content.IsEmpty;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<byte> ReadPrimitiveSlow(int tag)
    {
        if (!TryHeader(tag, out BerHeader header))
        {
            return default;
        }

        if (header.Constructed)
        {
            Fail(BerError.BadTag);
            return default;
        }

        _position = header.Content + header.Length;
        return _octets.Slice(header.Content, header.Length);
    }

    private long ReadLongInteger(ReadOnlySpan<byte> content, int start)
    {
        // X.690 8.3.2: the first nine bits are not all the same.
        if (content.Length is < 2 or > 8 || (content[0] == 0 && content[1] < 0x80)
            || (content[0] == 0xFF && content[1] >= 0x80))
        {
            FailAt(BerError.BadValue, start);
            return 0;
        }

        if (content.Length == 8)
        {
            return BinaryPrimitives.ReadInt64BigEndian(content);
        }

        long value = (sbyte)content[0];
        foreach (byte b in content[1..])
        {
            value = (value << 8) | b;
        }

        return value;
    }
}
