using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ccr.Histories;

/// <summary>
/// One event as one line of JSON, with the members that Jepsen gives its operations: process, index, time, type, f,
/// value; and action and error of our own.
/// </summary>
public static class HistoryJson
{
    private static readonly byte[][] Types =
        [.. new[] { "invoke", "ok", "fail", "info" }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Writes one line without its end.</summary>
    public static void Write(IBufferWriter<byte> to, HistoryEvent e)
    {
        using Utf8JsonWriter json = new(to, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteNumber("process"u8, e.Process);
        json.WriteNumber("index"u8, e.Index);
        json.WriteNumber("time"u8, e.TimeNs);
        json.WriteString("type"u8, Types[(int)e.Type]);
        json.WriteString("f"u8, e.Operation.Function);
        json.WritePropertyName("value"u8);
        WriteValue(json, e.Operation);
        if (e.Action is not null)
        {
            json.WriteString("action"u8, e.Action);
        }

        if (e.Error is not null)
        {
            json.WriteString("error"u8, e.Error);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads one line.</summary>
    /// <exception cref="FormatException">It is no event.</exception>
    public static HistoryEvent Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return new Line().Read(line);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new FormatException($"no event of a history: {Encoding.UTF8.GetString(line)}", wrong);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, Operation operation)
    {
        switch (operation)
        {
            case ListTransaction transaction:
                json.WriteStartArray();
                foreach (Micro micro in transaction.Micros)
                {
                    WriteMicro(json, micro);
                }

                json.WriteEndArray();
                break;
            case Transfer transfer:
                json.WriteStartObject();
                json.WriteNumber("from"u8, transfer.From);
                json.WriteNumber("to"u8, transfer.To);
                json.WriteNumber("amount"u8, transfer.Amount);
                json.WriteEndObject();
                break;
            case ReadBalances { Balances: { } balances }:
                json.WriteStartObject();
                for (int i = 0; i < balances.Length; i++)
                {
                    json.WriteNumber(i.ToString(CultureInfo.InvariantCulture), balances[i]);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private static void WriteMicro(Utf8JsonWriter json, Micro micro)
    {
        json.WriteStartArray();
        json.WriteStringValue(micro.IsAppend ? "append"u8 : "r"u8);
        json.WriteNumberValue(micro.Key);
        if (micro.IsAppend)
        {
            json.WriteNumberValue(micro.Value);
        }
        else if (micro.List is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStartArray();
            foreach (int value in micro.List)
            {
                json.WriteNumberValue(value);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>The members of one line; value may come before f, so it is understood at the end.</summary>
    private sealed class Line
    {
        private readonly List<Micro> _micros = [];
        private readonly List<int> _list = [];
        private readonly Dictionary<string, long> _numbers = [];
        private (int Process, long Index, long Time) _at;
        private EventType _type;
        private string _function = "";
        private string? _action;
        private string? _error;
        private bool _isNull;

        public HistoryEvent Read(ReadOnlySpan<byte> line)
        {
            Utf8JsonReader json = new(line);
            Expect(json.Read() && json.TokenType == JsonTokenType.StartObject);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                Member(ref json);
            }

            Expect(json.TokenType == JsonTokenType.EndObject);
            Operation operation = _function switch
            {
                "txn" => new ListTransaction([.. _micros]),
                "transfer" => new Transfer((int)Number("from"), (int)Number("to"), Number("amount")),
                "read" when _isNull => new ReadBalances(null),
                "read" => new ReadBalances([.. Enumerable.Range(0, _numbers.Count)
                    .Select(i => Number(i.ToString(CultureInfo.InvariantCulture)))]),
                _ => throw new FormatException($"no operation is called '{_function}'"),
            };
            return new HistoryEvent(_at.Process, _at.Index, _at.Time, _type, operation)
            {
                Action = _action,
                Error = _error,
            };
        }

        private void Member(ref Utf8JsonReader json)
        {
            string name = json.GetString()!;
            json.Read();
            switch (name)
            {
                case "process":
                    _at.Process = json.GetInt32();
                    break;
                case "index":
                    _at.Index = json.GetInt64();
                    break;
                case "time":
                    _at.Time = json.GetInt64();
                    break;
                case "type":
                    _type = TypeOf(ref json);
                    break;
                case "f":
                    _function = json.GetString()!;
                    break;
                case "value":
                    Value(ref json);
                    break;
                case "action":
                    _action = json.GetString();
                    break;
                case "error":
                    _error = json.GetString();
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        private static EventType TypeOf(ref Utf8JsonReader json)
        {
            for (int i = 0; i < Types.Length; i++)
            {
                if (json.ValueTextEquals(Types[i]))
                {
                    return (EventType)i;
                }
            }

            throw new FormatException($"no type of event is called '{json.GetString()}'");
        }

        private void Value(ref Utf8JsonReader json)
        {
            switch (json.TokenType)
            {
                case JsonTokenType.StartArray:
                    while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                    {
                        _micros.Add(MicroOf(ref json));
                    }

                    break;
                case JsonTokenType.StartObject:
                    while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                    {
                        string name = json.GetString()!;
                        json.Read();
                        _numbers[name] = json.GetInt64();
                    }

                    break;
                default:
                    Expect(json.TokenType == JsonTokenType.Null);
                    _isNull = true;
                    break;
            }
        }

        private Micro MicroOf(ref Utf8JsonReader json)
        {
            Expect(json.TokenType == JsonTokenType.StartArray && json.Read());
            bool isAppend = json.ValueTextEquals("append"u8);
            Expect(isAppend || json.ValueTextEquals("r"u8));
            json.Read();
            int key = json.GetInt32();
            json.Read();
            Micro micro = isAppend ? Micro.Append(key, json.GetInt32())
                : json.TokenType == JsonTokenType.Null ? Micro.Ask(key)
                : Micro.Read(key, ListOf(ref json));
            Expect(json.Read() && json.TokenType == JsonTokenType.EndArray);
            return micro;
        }

        private int[] ListOf(ref Utf8JsonReader json)
        {
            Expect(json.TokenType == JsonTokenType.StartArray);
            _list.Clear();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                _list.Add(json.GetInt32());
            }

            return [.. _list];
        }

        private long Number(string name) => _numbers.TryGetValue(name, out long number)
            ? number
            : throw new FormatException($"the value has no '{name}'");

        private static void Expect(bool condition)
        {
            if (!condition)
            {
                throw new FormatException("not the form of an event");
            }
        }
    }
}
