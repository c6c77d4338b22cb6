using System.Buffers.Binary;
using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Ccr.AtomicActions;
using Ccr.Protocol.Ber;

namespace Ccr.Explorer.Lanes;

/// <summary>
/// A lane's whole state as octets: every private field of every object that it reaches, objects numbered in the order
/// in which they are met. Left out is what cannot change what the lane will say: counters, texts for operators, the
/// back-off (time is abstract here), the fields of coordinators that have ended, the numbers of deadlines, and why an
/// action is rolled back (<see cref="Cast.Plain(LinkMessage)"/> leaves that out of what is said).
/// </summary>
internal sealed class LaneDump : IDisposable
{
    private static readonly HashSet<string> SkippedFields = new(StringComparer.Ordinal)
    {
        "Lane._batch", "Lane.Deadlines", "Upward.Note", "Coordinator.Why", "EndedAction.Why",
    };

    private static readonly HashSet<Type> SkippedTypes = [typeof(LaneOptions), typeof(LaneCounters)];
    private static readonly Dictionary<Type, Action<LaneDump, object>> Writers = [];

    private readonly Dictionary<object, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly MemoryStream _octets = new();
    private readonly BinaryWriter _out;
    private readonly BerWriter _writer = new();

    private LaneDump() => _out = new BinaryWriter(_octets, Encoding.UTF8);

    /// <inheritdoc/>
    public void Dispose() => _out.Dispose();

    /// <summary>The hash of the lane's state, and its deadlines in their canonical order.</summary>
    internal static (UInt128 Hash, LaneDeadline[] Deadlines) Of(Lane lane)
    {
        using var dump = new LaneDump();
        dump.Write(lane);
        LaneDeadline[] deadlines = dump.WriteDeadlines(lane);
        dump._out.Flush();
        byte[] hash = SHA256.HashData(dump._octets.GetBuffer().AsSpan(0, (int)dump._octets.Length));
        return (BinaryPrimitives.ReadUInt128LittleEndian(hash), deadlines);
    }

    private LaneDeadline[] WriteDeadlines(Lane lane)
    {
        object deadlines = Get(lane, "Deadlines")!;
        var set = (IDictionary)Get(deadlines, "_set")!;
        List<(long Id, object Owner, string Kind)> found = [];
        foreach (DictionaryEntry entry in set)
        {
            var waiting = (ITuple)entry.Value!;
            long id = ((AtomicActions.Contract.DeadlineId)entry.Key).Value;
            found.Add((id, waiting[0]!, waiting[1]!.ToString()!));
        }

        found.Sort((left, right) => left.Id.CompareTo(right.Id));
        foreach ((_, object owner, _) in found.Where(f => !_numbers.ContainsKey(f.Owner)))
        {
            Write(owner); // nothing else reaches it
        }

        found.Sort((left, right) => (_numbers[left.Owner], left.Kind).CompareTo((_numbers[right.Owner], right.Kind)));
        foreach ((_, object owner, string kind) in found)
        {
            _out.Write(_numbers[owner]);
            _out.Write(kind);
        }

        return [.. found.Select(f => new LaneDeadline(f.Id, f.Kind, NameOf(f.Owner)))];
    }

    private static string NameOf(object owner)
    {
        string type = owner.GetType().Name;
        PropertyInfo? node = owner.GetType().GetProperty("Node", BindingFlags.Instance | BindingFlags.NonPublic);
        return node is null ? type : $"{type} {node.GetValue(owner)}";
    }

    private void Write(object? value)
    {
        if (value is null)
        {
            _out.Write((byte)0);
            return;
        }

        Type type = value.GetType();
        if (!Writers.TryGetValue(type, out Action<LaneDump, object>? write))
        {
            Writers.Add(type, write = WriterOf(type));
        }

        write(this, value);
    }

    private static Action<LaneDump, object> WriterOf(Type type)
    {
        if (SkippedTypes.Contains(type) || type.Name == "Backoff")
        {
            return static (_, _) => { };
        }

        if (type == typeof(string))
        {
            return static (to, value) => to.Text(1, (string)value);
        }

        if (type.IsPrimitive || type.IsEnum)
        {
            return static (to, value) => to.Number(Convert.ToInt64(value, null));
        }

        if (type.Namespace == "Ccr.Protocol.Names")
        {
            return static (to, value) => to.Text(7, value.ToString()!);
        }

        return type switch
        {
            _ when typeof(IBerMessage).IsAssignableFrom(type) => static (to, value) => to.Message((IBerMessage)value),
            _ when typeof(Delegate).IsAssignableFrom(type) => static (to, value) => to.Call((Delegate)value),
            _ when typeof(IDictionary).IsAssignableFrom(type) => static (to, value) => to.Map((IDictionary)value),
            _ when typeof(IEnumerable).IsAssignableFrom(type) => static (to, value) => to.Items((IEnumerable)value),
            _ => ObjectWriterOf(type),
        };
    }

    private static Action<LaneDump, object> ObjectWriterOf(Type type)
    {
        Action<LaneDump, object> fields = FieldsWriterOf(type);
        bool isValue = type.IsValueType || type.Namespace == "Ccr.Protocol.Messages";
        bool isCoordinator = type.Name == "Coordinator";
        string name = type.Name;
        return (to, value) =>
        {
            if (!isValue && to.WasMet(value))
            {
                return;
            }

            to.Text(9, name);
            if (!isCoordinator || !IsEnded(value))
            {
                fields(to, value);
            }
        };
    }

    // One compiled method a type: what it would do field by field through reflection takes ten times as long.
    private static Action<LaneDump, object> FieldsWriterOf(Type type)
    {
        ParameterExpression to = Expression.Parameter(typeof(LaneDump));
        ParameterExpression value = Expression.Parameter(typeof(object));
        List<Expression> body = [Expression.Empty()];
        foreach (FieldInfo field in FieldsOf(type))
        {
            Expression read = Expression.Field(Expression.Convert(value, type), field);
            Type kind = field.FieldType;
            body.Add(kind == typeof(bool)
                ? Expression.Call(to, nameof(Flag), null, read)
                : kind.IsEnum || (kind.IsPrimitive && kind != typeof(ulong))
                ? Expression.Call(to, nameof(Number), null, Expression.Convert(read, typeof(long)))
                : Expression.Call(to, nameof(Write), null, Expression.Convert(read, typeof(object))));
        }

        return Expression.Lambda<Action<LaneDump, object>>(Expression.Block(body), to, value).Compile();
    }

    private bool WasMet(object value)
    {
        if (_numbers.TryGetValue(value, out int number))
        {
            _out.Write((byte)8);
            _out.Write(number);
            return true;
        }

        _numbers.Add(value, _numbers.Count);
        return false;
    }

    private void Flag(bool value) => _out.Write(value ? (byte)3 : (byte)2);

    private void Number(long value)
    {
        _out.Write((byte)4);
        _out.Write(value);
    }

    private void Text(byte kind, string text)
    {
        _out.Write(kind);
        _out.Write(text);
    }

    private void Call(Delegate call)
    {
        Text(6, call.Method.Name);
        Write(call.Target);
    }

    private void Message(IBerMessage message)
    {
        _writer.Reset();
        message.Write(_writer);
        _out.Write((byte)5);
        _out.Write(_writer.Length);
        _out.Write(_writer.Written);
    }

    private static bool IsEnded(object coordinator) => Get(coordinator, "Phase")!.ToString() == "Ended";

    // In the order of enumeration: it is the order in which the lane would go through them.
    private void Map(IDictionary map)
    {
        _out.Write((byte)10);
        _out.Write(map.Count);
        if (map.Count > 0)
        {
            foreach (DictionaryEntry entry in map)
            {
                Write(entry.Key);
                Write(entry.Value);
            }
        }
    }

    private void Items(IEnumerable items)
    {
        _out.Write((byte)11);
        int count = 0;
        if (items is not ICollection { Count: 0 })
        {
            foreach (object? item in items)
            {
                Write(item);
                count++;
            }
        }

        _out.Write((byte)12);
        _out.Write(count);
    }

    private static object? Get(object from, string name)
    {
        Type type = from.GetType();
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        return type.GetProperty(name, Any) is { } property ? property.GetValue(from)
            : (type.GetField(name, Any)
                ?? throw new InvalidOperationException($"{type.Name} has no {name} any more")).GetValue(from);
    }

    private static List<FieldInfo> FieldsOf(Type type)
    {
        List<FieldInfo> all = [];
        for (Type? at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            all.AddRange(at.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public
                | BindingFlags.DeclaredOnly));
        }

        return all.FindAll(f => !SkippedFields.Contains($"{type.Name}.{PlainName(f)}"));
    }

    private static string PlainName(FieldInfo field) => field.Name.StartsWith('<')
        ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)]
        : field.Name;
}
