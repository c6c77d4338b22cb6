using System.Collections;
using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Ccr.MariaDbClient;

/// <summary>
/// All results of a command, read before the first is given out: tests ask for few rows. An error anywhere is thrown
/// by the command.
/// </summary>
public sealed class MariaDbReader : DbDataReader
{
    private const int MoreResults = 8;

    private readonly List<ResultRows> _results = [];
    private int _result;
    private int _row = -1;
    private bool _isClosed;

    private sealed record Column(string Name, int Type, bool IsUnsigned);

    private sealed class ResultRows
    {
        public List<Column> Columns { get; } = [];

        public List<object?[]> Rows { get; } = [];
    }

    private MariaDbReader()
    {
    }

    /// <inheritdoc/>
    public override int RecordsAffected => _affected;

    private int _affected = -1;

    /// <inheritdoc/>
    public override int FieldCount => Current?.Columns.Count ?? 0;

    /// <inheritdoc/>
    public override bool HasRows => Current is { Rows.Count: > 0 };

    /// <inheritdoc/>
    public override bool IsClosed => _isClosed;

    /// <inheritdoc/>
    public override int Depth => 0;

    private ResultRows? Current => _result < _results.Count ? _results[_result] : null;

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    internal static async ValueTask<MariaDbReader> ReadAsync(Session session, bool isAsync, CancellationToken cancel)
    {
        MariaDbReader reader = new();
        do
        {
            ReadOnlyMemory<byte> head = await session.ReadAsync(isAsync, cancel).ConfigureAwait(false);
            if (head.Span[0] == 0)
            {
                reader.TakeOk(session, head.Span);
                continue;
            }

            await reader.ReadRowsAsync(session, (int)Wire.Length(head.Span, out _), isAsync, cancel)
                .ConfigureAwait(false);
        }
        while ((session.Status & MoreResults) != 0);

        return reader;
    }

    /// <inheritdoc/>
    public override bool Read() => Current is { } rows && ++_row < rows.Rows.Count;

    /// <inheritdoc/>
    public override bool NextResult()
    {
        _row = -1;
        return ++_result < _results.Count;
    }

    /// <inheritdoc/>
    public override void Close() => _isClosed = true;

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => Current!.Rows[_row][ordinal] ?? DBNull.Value;

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        int count = Math.Min(values.Length, FieldCount);
        for (int i = 0; i < count; i++)
        {
            values[i] = GetValue(i);
        }

        return count;
    }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Current!.Rows[_row][ordinal] is null;

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Current!.Columns[ordinal].Name;

    /// <inheritdoc/>
    public override int GetOrdinal(string name) => Current!.Columns.FindIndex(
        c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) =>
        Current!.Rows.Select(r => r[ordinal]).FirstOrDefault(v => v is not null)?.GetType() ?? typeof(string);

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => GetFieldType(ordinal).Name;

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => To<byte>(ordinal);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => GetString(ordinal)[0];

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => To<DateTime>(ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => To<decimal>(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => To<double>(ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => To<float>(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => Guid.Parse(GetString(ordinal));

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => To<short>(ordinal);

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => To<int>(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => To<long>(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => To<string>(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException("This test driver reads values whole.");

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException("This test driver reads values whole.");

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    private T To<T>(int ordinal) => (T)Convert.ChangeType(GetValue(ordinal), typeof(T), CultureInfo.InvariantCulture);

    private void TakeOk(Session session, ReadOnlySpan<byte> packet)
    {
        int at = 1;
        long affected = Wire.Length(packet[at..], out int octets);
        at += octets;
        Wire.Length(packet[at..], out octets);
        at += octets;
        session.Status = packet[at] | (packet[at + 1] << 8);
        _affected = Math.Max(_affected, 0) + (int)affected;
    }

    private async ValueTask ReadRowsAsync(Session session, int columns, bool isAsync, CancellationToken cancel)
    {
        ResultRows result = new();
        for (int i = 0; i < columns; i++)
        {
            result.Columns.Add(ColumnOf((await session.ReadAsync(isAsync, cancel).ConfigureAwait(false)).Span));
        }

        await session.ReadAsync(isAsync, cancel).ConfigureAwait(false); // EOF
        while (true)
        {
            ReadOnlyMemory<byte> packet = await session.ReadAsync(isAsync, cancel).ConfigureAwait(false);
            if (packet.Span[0] == 0xFE && packet.Length < 9)
            {
                session.Status = packet.Span[3] | (packet.Span[4] << 8);
                break;
            }

            result.Rows.Add(RowOf(packet.Span, result.Columns));
        }

        _results.Add(result);
    }

    private static Column ColumnOf(ReadOnlySpan<byte> packet)
    {
        string name = "";
        int at = 0;
        for (int i = 0; i < 6; i++) // catalog, schema, table, its original, name, its original
        {
            long length = Wire.Length(packet[at..], out int octets);
            at += octets;
            name = i == 4 ? Encoding.UTF8.GetString(packet.Slice(at, (int)length)) : name;
            at += (int)length;
        }

        at += 1 + 2 + 4; // length of the rest, character set, width
        return new Column(name, packet[at], (packet[at + 1] & 0x20) != 0);
    }

    private static object?[] RowOf(ReadOnlySpan<byte> packet, List<Column> columns)
    {
        object?[] row = new object?[columns.Count];
        int at = 0;
        for (int i = 0; i < row.Length; i++)
        {
            if (packet[at] == 0xFB)
            {
                at++;
                continue;
            }

            int length = (int)Wire.Length(packet[at..], out int octets);
            at += octets;
            row[i] = ValueOf(Encoding.UTF8.GetString(packet.Slice(at, length)), columns[i]);
            at += length;
        }

        return row;
    }

    private static object ValueOf(string text, Column column) => column.Type switch
    {
        1 or 2 or 3 or 8 or 9 or 13 => column.IsUnsigned && text.Length > 18
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : long.Parse(text, CultureInfo.InvariantCulture),
        4 or 5 => double.Parse(text, CultureInfo.InvariantCulture),
        0 or 246 => decimal.Parse(text, CultureInfo.InvariantCulture),
        7 or 10 or 12 => DateTime.Parse(text, CultureInfo.InvariantCulture),
        _ => text,
    };
}
