using System.Text;
using Ccr.Protocol.Ber;

namespace Ccr.Explorer.Lanes;

/// <summary>Gives equal messages, by their octets, the same small number, from 1 on.</summary>
internal sealed class Interner<T>
    where T : class, IBerMessage
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<T> _messages = [];
    private readonly BerWriter _writer = new();

    internal int Count => _messages.Count;

    internal T this[int number] => _messages[number - 1];

    internal int Of(T message)
    {
        _writer.Reset();
        message.Write(_writer);
        string octets = Encoding.Latin1.GetString(_writer.Written);
        if (!_numbers.TryGetValue(octets, out int number))
        {
            _messages.Add(message);
            _numbers.Add(octets, number = _messages.Count);
        }

        return number;
    }
}

/// <summary>Gives equal rows of integers the same small number, from 0 on.</summary>
internal sealed class RowInterner
{
    private readonly Dictionary<Row, int> _numbers = [];
    private readonly List<int[]> _rows = [];

    internal int Count => _rows.Count;

    internal int[] this[int number] => _rows[number];

    internal int Of(int[] row, out bool isNew)
    {
        var key = new Row(row);
        isNew = !_numbers.TryGetValue(key, out int number);
        if (isNew)
        {
            number = _rows.Count;
            _rows.Add(row);
            _numbers.Add(key, number);
        }

        return number;
    }

    internal int Of(int[] row) => Of(row, out _);

    private readonly struct Row(int[] parts) : IEquatable<Row>
    {
        private readonly int[] _parts = parts;

        public bool Equals(Row other) => _parts.AsSpan().SequenceEqual(other._parts);

        public override bool Equals(object? obj) => obj is Row other && Equals(other);

        public override int GetHashCode()
        {
            ulong hash = 17;
            foreach (int part in _parts)
            {
                hash = (hash ^ (uint)part) * 0x9E3779B97F4A7C15;
                hash ^= hash >> 31;
            }

            return (int)hash;
        }
    }
}
