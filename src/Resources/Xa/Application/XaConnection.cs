using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Ccr.Resources.Xa;

/// <summary>
/// A connection whose work belongs to a branch of an atomic action. Closing or disposing of it leaves the branch as it
/// is: the action prepares and ends it. It has no transactions of its own.
/// </summary>
public sealed class XaConnection : DbConnection
{
    private readonly XaBranch _branch;

    internal XaConnection(XaBranch branch, DbConnection inner)
    {
        _branch = branch;
        Inner = inner;
    }

    /// <summary>The driver's own connection, for what only that offers.</summary>
    public DbConnection Inner { get; }

    /// <inheritdoc/>
    [AllowNull]
    public override string ConnectionString
    {
        get => Inner.ConnectionString;
        set => throw new InvalidOperationException(
            "The connection belongs to a branch of an atomic action: open another one for another database.");
    }

    /// <inheritdoc/>
    public override string Database => Inner.Database;

    /// <inheritdoc/>
    public override string DataSource => Inner.DataSource;

    /// <inheritdoc/>
    public override string ServerVersion => Inner.ServerVersion;

    /// <inheritdoc/>
    public override ConnectionState State => _branch.IsActive ? Inner.State : ConnectionState.Closed;

    /// <inheritdoc/>
    public override bool CanCreateBatch => Inner.CanCreateBatch;

    /// <inheritdoc/>
    public override void ChangeDatabase(string databaseName) => throw new InvalidOperationException(
        "The connection belongs to a branch of an atomic action, which cannot change its database.");

    /// <summary>Leaves the branch as it is.</summary>
    public override void Close()
    {
    }

    /// <summary>It is open already.</summary>
    public override void Open() => _branch.ThrowUnlessActive();

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        _branch.ThrowUnlessActive();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        throw new InvalidOperationException(
            "The connection belongs to a branch of an atomic action, which is the transaction: close the action to "
            + "commit, roll it back to undo.");

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand()
    {
        _branch.ThrowUnlessActive();
        return Inner.CreateCommand();
    }

    /// <inheritdoc/>
    protected override DbBatch CreateDbBatch()
    {
        _branch.ThrowUnlessActive();
        return Inner.CreateBatch();
    }
}
