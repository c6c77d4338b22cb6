using System.Buffers.Binary;

namespace Ccr.Hostile.Fuzzing;

/// <summary>
/// Changes inputs with BER in mind: tags, lengths, the indefinite form, whole elements. Where a change makes an element
/// longer or shorter, the lengths around it are made right, mostly, so that the change is not refused at the door.
/// Allocates nothing.
/// </summary>
internal sealed class Mutator(Xoshiro random)
{
    /// <summary>Longer inputs are not made.</summary>
    public const int OctetsMax = 2_048;

    private const int StackedMax = 3;

    private static readonly byte[] Octets =
        [0x00, 0x01, 0x02, 0x7F, 0x80, 0x81, 0x84, 0xFE, 0xFF, 0x30, 0xA0, 0x1F, 0xBF, 0x3F, 0x05, 0x28];

    private static readonly long[] Integers =
    [
        0, 1, -1, 127, 128, -128, -129, 255, 256, 32_767, 65_535, 9_999, 10_000, 10_001, 1 << 20, int.MaxValue,
        int.MinValue, long.MaxValue, long.MinValue, (long)int.MaxValue + 1, 3, 4, 5, 16,
    ];

    private static readonly byte[] Unknown = [0x9F, 0x64, 0x01, 0x05];

    private readonly byte[] _piece = new byte[OctetsMax];
    private byte[] _buffer = [];
    private int _length;

    /// <summary>Puts a changed copy into the buffer and returns its length.</summary>
    public int Mutate(Entry entry, Entry other, byte[] buffer)
    {
        _buffer = buffer;
        _length = int.Min(entry.Octets.Length, OctetsMax);
        entry.Octets.AsSpan(0, _length).CopyTo(buffer);
        if (entry.Elements.Length > 0 && random.Below(4) != 0)
        {
            ChangeElement(entry, other);
        }

        for (int left = random.Below(StackedMax); left > 0 && _length > 0; left--)
        {
            ChangeOctets();
        }

        return _length;
    }

    private void ChangeElement(Entry entry, Entry other)
    {
        Element[] all = entry.Elements;
        Element element = all[random.Below(all.Length)];
        if (element.End > _length)
        {
            return;
        }

        switch (random.Below(10))
        {
            case 0:
                ChangeTag(element);
                break;
            case 1:
                ChangeLength(element);
                break;
            case 2:
                LongLength(entry, element);
                break;
            case 3:
                Indefinite(entry, element);
                break;
            case 4:
                Copy(element.Start, element.End);
                Replace(entry, element.Parent, element.End, 0, element.End - element.Start);
                break;
            case 5:
                Replace(entry, element.Parent, element.Start, element.End - element.Start, 0);
                break;
            case 6 or 7:
                Splice(entry, element, other);
                break;
            case 8:
                Integer(entry, element);
                break;
            default:
                Unknown.CopyTo(_piece, 0);
                Replace(entry, element.Parent, element.Start, 0, Unknown.Length);
                break;
        }
    }

    private void ChangeOctets()
    {
        int at = random.Below(_length);
        switch (random.Below(6))
        {
            case 0:
                _buffer[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1:
                _buffer[at] = (byte)random.Next();
                break;
            case 2:
                _length = random.Below(_length + 1);
                break;
            case 3 when _length < OctetsMax:
                _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + 1));
                _buffer[at] = Octets[random.Below(Octets.Length)];
                _length++;
                break;
            case 4:
                _buffer.AsSpan(at + 1, _length - at - 1).CopyTo(_buffer.AsSpan(at));
                _length--;
                break;
            default:
                _buffer[at] = Octets[random.Below(Octets.Length)];
                break;
        }
    }

    private void ChangeTag(Element element)
    {
        ref byte tag = ref _buffer[element.Start];
        tag = random.Below(4) switch
        {
            0 => (byte)(tag ^ 0x20),
            1 => (byte)((tag & 0xE0) | random.Below(32)),
            2 => (byte)(tag + 1),
            _ => (byte)(tag ^ 0xC0),
        };
    }

    private void ChangeLength(Element element) =>
        _buffer[element.Content - 1] = random.Below(3) == 0 ? (byte)random.Next() : Octets[random.Below(Octets.Length)];

    /// <summary>The same length in more octets than it needs.</summary>
    private void LongLength(Entry entry, Element element)
    {
        int octets = 1 + random.Below(5);
        int header = element.Content - element.Start;
        int tag = TagOctets(element);
        _piece[0] = (byte)(0x80 | octets);
        int length = element.End - element.Content;
        for (int i = octets; i > 0; i--)
        {
            _piece[i] = (byte)length;
            length >>= 8;
        }

        Replace(entry, element.Parent, element.Start + tag, header - tag, octets + 1);
    }

    private void Indefinite(Entry entry, Element element)
    {
        int tag = TagOctets(element);
        int length = element.End - element.Content;
        if (length + 3 > OctetsMax)
        {
            return;
        }

        _piece[0] = 0x80;
        _buffer.AsSpan(element.Content, length).CopyTo(_piece.AsSpan(1));
        _piece[length + 1] = 0;
        _piece[length + 2] = 0;
        Replace(entry, element.Parent, element.Start + tag, element.End - element.Start - tag, length + 3);
    }

    /// <summary>An element of another input in the place of this one, or behind it.</summary>
    private void Splice(Entry entry, Element element, Entry other)
    {
        if (other.Elements.Length == 0)
        {
            return;
        }

        Element taken = other.Elements[random.Below(other.Elements.Length)];
        bool content = random.Below(2) == 0;
        int from = content ? taken.Content : taken.Start;
        int length = int.Min(taken.End - from, OctetsMax);
        other.Octets.AsSpan(from, length).CopyTo(_piece);
        if (content)
        {
            Replace(
                entry, Array.IndexOf(entry.Elements, element), element.Content, element.End - element.Content, length);
        }
        else
        {
            bool behind = random.Below(2) == 0;
            Replace(
                entry, element.Parent, behind ? element.End : element.Start,
                behind ? 0 : element.End - element.Start, length);
        }
    }

    private void Integer(Entry entry, Element element)
    {
        long value = random.Below(4) == 0
            ? (long)random.Next() >> random.Below(64)
            : Integers[random.Below(Integers.Length)];
        BinaryPrimitives.WriteInt64BigEndian(_piece, value);
        int skip = 0;
        while (skip < 7 && ((_piece[skip] == 0 && _piece[skip + 1] < 0x80)
            || (_piece[skip] == 0xFF && _piece[skip + 1] >= 0x80)))
        {
            skip++;
        }

        _piece.AsSpan(skip, 8 - skip).CopyTo(_piece);
        Replace(
            entry, Array.IndexOf(entry.Elements, element), element.Content, element.End - element.Content, 8 - skip);
    }

    private int TagOctets(Element element)
    {
        int at = element.Start + 1;
        if ((_buffer[element.Start] & 0x1F) == 0x1F)
        {
            while (at < element.Content - 1 && _buffer[at++] >= 0x80)
            {
                // The number goes on.
            }
        }

        return at - element.Start;
    }

    private void Copy(int start, int end) => _buffer.AsSpan(start, end - start).CopyTo(_piece);

    /// <summary>Puts so many octets of the piece in the place of others, and mends the lengths around.</summary>
    private void Replace(Entry entry, int holder, int at, int removed, int added)
    {
        int change = added - removed;
        if (_length + change > OctetsMax || at + removed > _length)
        {
            return;
        }

        _buffer.AsSpan(at + removed, _length - at - removed).CopyTo(_buffer.AsSpan(at + added));
        _piece.AsSpan(0, added).CopyTo(_buffer.AsSpan(at));
        _length += change;
        if (random.Below(16) == 0)
        {
            return;
        }

        for (; holder >= 0; holder = entry.Elements[holder].Parent)
        {
            Element around = entry.Elements[holder];
            Mend(around, around.End - around.Content + change);
        }
    }

    /// <summary>Only where the new length has room in the octets of the old one.</summary>
    private void Mend(Element element, int length)
    {
        int first = element.Start + TagOctets(element);
        int octets = element.Content - first - 1;
        if (octets == 0 && length < 0x80)
        {
            _buffer[first] = (byte)length;
        }
        else
        {
            for (int i = octets; i > 0; i--)
            {
                _buffer[first + i] = (byte)length;
                length >>= 8;
            }
        }
    }
}
