using System.Collections;
using System.Runtime.CompilerServices;

namespace Ccr.Protocol.Messages;

/// <summary>
/// An unchangeable list that equals another with equal items, so that messages with lists compare by value.
/// Every list of a message is one: the records copy what they are given with <see cref="ValueList.Of{T}"/>.
/// </summary>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
public sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    /// <summary>The list without items.</summary>
    public static readonly ValueList<T> Empty = new([]);

    private readonly T[] _items;

    internal ValueList(T[] items) => _items = items;

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(ValueList<T>? other) =>
        other is not null && _items.AsSpan().SequenceEqual(other._items, EqualityComparer<T>.Default);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    /// <summary>The count: cheap, and the same in every process.</summary>
    public override int GetHashCode() => _items.Length;

    /// <summary>"[a, b]".</summary>
    public override string ToString() => $"[{string.Join(", ", _items)}]";
}

/// <summary>Makes lists that compare by value.</summary>
public static class ValueList
{
    /// <summary>The items themselves when they are such a list already, else a copy of them.</summary>
    public static ValueList<T> Of<T>(IReadOnlyList<T>? items) => items switch
    {
        ValueList<T> list => list,
        null or { Count: 0 } => ValueList<T>.Empty,
        _ => new ValueList<T>([.. items]),
    };

    /// <summary>For collection expressions.</summary>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) =>
        items.IsEmpty ? ValueList<T>.Empty : new ValueList<T>(items.ToArray());
}
