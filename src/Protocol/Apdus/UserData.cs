using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Protocol.Apdus;

/// <summary>User-data: the EXTERNALs that an APDU carries for its users. Absent is not the same as empty.</summary>
public sealed class UserData : IEquatable<UserData>
{
    /// <summary>No user data: the component is absent.</summary>
    public static readonly UserData None = new([], false);

    private UserData(ValueList<External> values, bool present)
    {
        Values = values;
        IsPresent = present;
    }

    /// <summary>User data of these values.</summary>
    public UserData(params IReadOnlyList<External> values)
        : this(ValueList.Of(values), true)
    {
    }

    /// <summary>The values in order.</summary>
    public IReadOnlyList<External> Values { get; }

    /// <summary>True when the component is there, though it may hold no value.</summary>
    public bool IsPresent { get; }

    /// <summary>The first value of a presentation context, or null.</summary>
    public External? OfContext(long indirectReference)
    {
        for (int i = 0; i < Values.Count; i++)
        {
            if (Values[i].IndirectReference == indirectReference)
            {
                return Values[i];
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(UserData? other) =>
        other is not null && IsPresent == other.IsPresent && Values.Equals(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as UserData);

    /// <inheritdoc/>
    public override int GetHashCode() => Values.Count;

    /// <summary>"[EXTERNAL(context 5, 30 octets)]", or "none".</summary>
    public override string ToString() => IsPresent ? $"{Values}" : "none";

    internal static UserData Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        List<External> values = [];
        while (!inner.AtEnd)
        {
            if (values.Count == Limits.ListItemsMax)
            {
                inner.Fail(BerError.TooManyItems);
                break;
            }

            if (External.Read(ref inner) is { } value)
            {
                values.Add(value);
            }
        }

        return new UserData(values);
    }

    internal void Write(BerWriter writer, int tag)
    {
        if (!IsPresent)
        {
            return;
        }

        int mark = writer.Begin(tag);
        for (int i = 0; i < Values.Count; i++)
        {
            Values[i].Write(writer);
        }

        writer.End(mark);
    }
}
