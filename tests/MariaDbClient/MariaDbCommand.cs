using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ccr.MariaDbClient;

/// <summary>A statement, or several with ';' between; parameters (@name) are put in as literals.</summary>
public sealed class MariaDbCommand : DbCommand
{
    private readonly MariaDbParameters _parameters = new();
    private string _text = "";

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? "";
    }

    /// <inheritdoc/>
    public override int CommandTimeout { get; set; }

    /// <inheritdoc/>
    public override CommandType CommandType { get; set; } = CommandType.Text;

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection { get; set; }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction { get; set; }

    /// <inheritdoc/>
    public override void Cancel() => ((MariaDbConnection)DbConnection!).Open_.Break();

    /// <inheritdoc/>
    public override void Prepare()
    {
        // The text protocol prepares nothing.
    }

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => NonQueryAsync(false, default).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancel) => NonQueryAsync(true, cancel).AsTask();

    /// <inheritdoc/>
    public override object? ExecuteScalar() => ScalarAsync(false, default).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancel) => ScalarAsync(true, cancel).AsTask();

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => new MariaDbParameter();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ReaderAsync(false, default).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(
        CommandBehavior behavior, CancellationToken cancel) => await ReaderAsync(true, cancel).ConfigureAwait(false);

    private async ValueTask<int> NonQueryAsync(bool isAsync, CancellationToken cancel)
    {
        MariaDbReader reader = await ReaderAsync(isAsync, cancel).ConfigureAwait(false);
        return reader.RecordsAffected;
    }

    private async ValueTask<object?> ScalarAsync(bool isAsync, CancellationToken cancel)
    {
        MariaDbReader reader = await ReaderAsync(isAsync, cancel).ConfigureAwait(false);
        return reader.Read() && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    private async ValueTask<MariaDbReader> ReaderAsync(bool isAsync, CancellationToken cancel)
    {
        Session session = (DbConnection as MariaDbConnection ?? throw new InvalidOperationException("No connection."))
            .Open_;
        await session.QueryAsync(TextWithLiterals(), isAsync, cancel).ConfigureAwait(false);
        return await MariaDbReader.ReadAsync(session, isAsync, cancel).ConfigureAwait(false);
    }

    private string TextWithLiterals()
    {
        if (_parameters.Count == 0)
        {
            return _text;
        }

        StringBuilder text = new();
        char quote = '\0';
        for (int i = 0; i < _text.Length; i++)
        {
            char c = _text[i];
            quote = quote == '\0' && c is '\'' or '"' or '`' ? c : c == quote ? '\0' : quote;
            int end = i + 1;
            while (quote == '\0' && c == '@' && end < _text.Length && (char.IsLetterOrDigit(_text[end])
                || _text[end] == '_'))
            {
                end++;
            }

            MariaDbParameter? parameter = end > i + 1 ? _parameters.Find(_text[(i + 1)..end]) : null;
            if (parameter is null)
            {
                text.Append(c);
                continue;
            }

            text.Append(LiteralOf(parameter.Value));
            i = end - 1;
        }

        return text.ToString();
    }

    private static string LiteralOf(object? value) => value switch
    {
        null or DBNull => "NULL",
        bool b => b ? "1" : "0",
        byte[] octets => $"X'{Convert.ToHexString(octets)}'",
        DateTime time => time.ToString("''yyyy-MM-dd HH:mm:ss.ffffff''", CultureInfo.InvariantCulture),
        string s => Quoted(s),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Quoted(value.ToString() ?? ""),
    };

    private static string Quoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
}
