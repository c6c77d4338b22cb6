using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Ccr.MariaDbClient;

/// <summary>A parameter: a name and a value.</summary>
public sealed class MariaDbParameter : DbParameter
{
    private string _name = "";
    private string _column = "";

    /// <inheritdoc/>
    public override DbType DbType { get; set; }

    /// <inheritdoc/>
    public override ParameterDirection Direction { get; set; } = ParameterDirection.Input;

    /// <inheritdoc/>
    public override bool IsNullable { get; set; }

    /// <inheritdoc/>
    [AllowNull]
    public override string ParameterName { get => _name; set => _name = value ?? ""; }

    /// <inheritdoc/>
    public override int Size { get; set; }

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn { get => _column; set => _column = value ?? ""; }

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    /// <inheritdoc/>
    public override object? Value { get; set; }

    /// <inheritdoc/>
    public override void ResetDbType() => DbType = default;
}

/// <summary>The parameters of a command.</summary>
internal sealed class MariaDbParameters : DbParameterCollection
{
    private readonly List<MariaDbParameter> _all = [];

    public override int Count => _all.Count;

    public override object SyncRoot => _all;

    public MariaDbParameter? Find(string name) => _all.Find(p => p.ParameterName.TrimStart('@') == name);

    public override int Add(object value)
    {
        _all.Add((MariaDbParameter)value);
        return _all.Count - 1;
    }

    public override void AddRange(Array values) => _all.AddRange(values.Cast<MariaDbParameter>());

    public override void Clear() => _all.Clear();

    public override bool Contains(object value) => _all.Contains((MariaDbParameter)value);

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_all).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _all.GetEnumerator();

    public override int IndexOf(object value) => _all.IndexOf((MariaDbParameter)value);

    public override int IndexOf(string parameterName) =>
        _all.FindIndex(p => p.ParameterName.TrimStart('@') == parameterName.TrimStart('@'));

    public override void Insert(int index, object value) => _all.Insert(index, (MariaDbParameter)value);

    public override void Remove(object value) => _all.Remove((MariaDbParameter)value);

    public override void RemoveAt(int index) => _all.RemoveAt(index);

    public override void RemoveAt(string parameterName) => _all.RemoveAt(IndexOf(parameterName));

    protected override DbParameter GetParameter(int index) => _all[index];

    protected override DbParameter GetParameter(string parameterName) => _all[IndexOf(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => _all[index] = (MariaDbParameter)value;

    protected override void SetParameter(string parameterName, DbParameter value) =>
        _all[IndexOf(parameterName)] = (MariaDbParameter)value;
}
