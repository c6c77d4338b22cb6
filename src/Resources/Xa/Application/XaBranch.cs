using System.Data.Common;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using DoneEnd = Ccr.Client.BranchEnd;

namespace Ccr.Resources.Xa;

/// <summary>
/// A branch of an atomic action at a database, worked in through a connection of the application (SEM-9). Managed mode:
/// its name carries its whole identity, the database's word is checked, no error of the second phase is swallowed.
/// </summary>
public sealed class XaBranch : IApplicationBranch
{
    private const int SettleTries = 5;
    private static readonly TimeSpan SettlePause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastStatement = TimeSpan.FromSeconds(1); // hears that its connection is ended

    private readonly XaDatabase _database;
    private readonly DbConnection _inner;
    private readonly string _name;
    private readonly BranchMode _mode;
    private readonly bool _blocks;
    private BranchNote _note;
    private Stage _stage = Stage.Active;
    private bool _isConnectionEnded;

    private XaBranch(XaDatabase database, DbConnection inner, XaName name, XaOpenOptions options)
    {
        _database = database;
        _inner = inner;
        _name = database.Dialect.NativeName(name);
        _mode = options.Mode;
        _blocks = options.EndBlocks;
        _note = new BranchNote(DriverTraits.BackendOf(inner), 0);
        Branch = name.Branch;
        Connection = new XaConnection(this, inner);
    }

    private enum Stage
    {
        Active,
        Prepared,
        Over,
    }

    /// <summary>The connection to work with.</summary>
    public XaConnection Connection { get; }

    /// <inheritdoc/>
    public string Database => _database.Name;

    /// <inheritdoc/>
    public BranchId Branch { get; }

    /// <inheritdoc/>
    public string Note => _note.ToString();

    /// <inheritdoc/>
    public bool IsReadOnly => _mode == BranchMode.ReadOnly;

    internal bool IsActive => _stage == Stage.Active;

    private XaDialect Dialect => _database.Dialect;

    /// <summary>Opens a connection and begins a branch on it.</summary>
    internal static async ValueTask<XaBranch> BeginAsync(
        XaDatabase database, XaName name, XaOpenOptions options, CancellationToken cancellation)
    {
        DbConnection inner = await database.Source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        try
        {
            XaBranch branch = new(database, inner, name, options);
            await database.Dialect.BeginAsync(inner, branch._name, options.Isolation, options.Mode, cancellation)
                .ConfigureAwait(false);
            return branch;
        }
        catch
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> HasChangedAsync(CancellationToken cancellation)
    {
        try
        {
            return await Dialect.HasChangedAsync(_inner, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (XaDialect.IsOfDriver(e) || e is OperationCanceledException)
        {
            return true; // what is wrong, PREPARE says
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation)
    {
        PrepareResult result = await Dialect.PrepareAsync(_inner, _name, _mode, cancellation).ConfigureAwait(false);
        switch (result.Vote)
        {
            case BranchVote.Ready:
                _stage = Stage.Prepared;
                _note = result.Note;
                return ApplicationVote.Ready(Note);
            case BranchVote.NoChange:
                await ReleaseAsync().ConfigureAwait(false);
                return ApplicationVote.NoChange;
            case BranchVote.Refused:
                await ReleaseAsync().ConfigureAwait(false);
                return ApplicationVote.Refused(Of(result.Refusal));
            default:
                _note = result.Note;
                return ApplicationVote.Unknown(Of(result.Refusal));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DoneEnd> CommitAsync(CancellationToken cancellation)
    {
        EndResult result = await Dialect.CommitPreparedAsync(_inner, _name, cancellation).ConfigureAwait(false);
        DoneEnd end = result.End switch
        {
            BranchEnd.Done => DoneEnd.Committed,
            BranchEnd.Unknown => DoneEnd.HandedOver,
            _ => await FateAsync(cancellation).ConfigureAwait(false) switch
            {
                TransactionFate.Committed => DoneEnd.Committed,
                TransactionFate.RolledBack => new DoneEnd(DoneOutcome.RolledBack,
                    $"the prepared branch {_name} was rolled back by somebody else before it was committed."),
                _ => DoneEnd.Hazard(
                    $"the prepared branch {_name} is gone, and nobody who should have ended it did."),
            },
        };
        await ReleaseAsync().ConfigureAwait(false);
        return end;
    }

    /// <inheritdoc/>
    public async ValueTask<DoneEnd> RollbackAsync(CancellationToken cancellation)
    {
        if (_stage == Stage.Over)
        {
            return DoneEnd.RolledBack;
        }

        if (_isConnectionEnded && _stage != Stage.Prepared)
        {
            _stage = Stage.Over;
            _ = ReleaseLaterAsync();
            return DoneEnd.RolledBack;
        }

        EndResult result = _stage == Stage.Prepared
            ? await Dialect.RollbackPreparedAsync(_inner, _name, cancellation).ConfigureAwait(false)
            : await Dialect.RollbackAsync(_inner, _name, cancellation).ConfigureAwait(false);
        DoneEnd end = result.End switch
        {
            BranchEnd.Done => DoneEnd.RolledBack,
            // A transaction that was not prepared ends with its connection.
            BranchEnd.Unknown => _stage == Stage.Prepared ? DoneEnd.HandedOver : DoneEnd.RolledBack,
            _ when await FateAsync(cancellation).ConfigureAwait(false) == TransactionFate.Committed => new DoneEnd(
                DoneOutcome.Committed, $"the prepared branch {_name} was committed by somebody else."),
            _ => DoneEnd.RolledBack,
        };
        await ReleaseAsync().ConfigureAwait(false);
        return end;
    }

    /// <inheritdoc/>
    public async ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation)
    {
        OnePhaseResult result = await Dialect.CommitOnePhaseAsync(_inner, _name, _mode, _blocks, cancellation)
            .ConfigureAwait(false);
        _note = result.Note;
        await ReleaseAsync().ConfigureAwait(false);
        return result.Outcome switch
        {
            OnePhaseOutcome.Committed => AloneEnd.Done,
            OnePhaseOutcome.RolledBack => new AloneEnd(false, Of(result.Refusal)),
            _ => new AloneEnd(await SettleAsync(cancellation).ConfigureAwait(false) switch
            {
                TransactionFate.Committed => true,
                TransactionFate.RolledBack => false,
                _ => null,
            }, Of(result.Refusal)),
        };
    }

    /// <inheritdoc/>
    public ValueTask AbandonAsync() => ReleaseAsync();

    /// <summary>
    /// The database was told to end the branch's connection, so that what was done in it is undone. A statement of the
    /// application may still be in the driver, which no second thread may use: it hears of the end first.
    /// </summary>
    public void ConnectionWasEnded() => _isConnectionEnded = true;

    internal void ThrowUnlessActive()
    {
        if (!IsActive)
        {
            throw new InvalidOperationException(
                $"The branch {Branch} at {Database} is prepared or over: open a new action for further work.");
        }
    }

    private Refusal Of(Refusal why) => new(why.Code, $"{Database}: {why.Text}");

    /// <summary>The transaction's fate by the connection that the branch was worked in.</summary>
    private async ValueTask<TransactionFate> FateAsync(CancellationToken cancellation)
    {
        if (_note.Xid == 0)
        {
            return TransactionFate.Unknown;
        }

        try
        {
            return await Dialect.SettleAsync(_inner, _note.Xid, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (XaDialect.IsOfDriver(e) || e is OperationCanceledException)
        {
            return TransactionFate.Unknown;
        }
    }

    /// <summary>
    /// A lost answer to COMMIT is settled by another connection, while the database can be reached (SEM-5).
    /// </summary>
    private async ValueTask<TransactionFate> SettleAsync(CancellationToken cancellation)
    {
        for (int tries = 0; _note.Xid != 0 && tries < SettleTries; tries++)
        {
            try
            {
                DbConnection other = await _database.Source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
                await using (other.ConfigureAwait(false))
                {
                    TransactionFate fate =
                        await Dialect.SettleAsync(other, _note.Xid, cancellation).ConfigureAwait(false);
                    if (fate != TransactionFate.InProgress)
                    {
                        return fate;
                    }
                }

                await Task.Delay(SettlePause, _database.Time, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (XaDialect.IsOfDriver(e))
            {
                await Task.Delay(SettlePause, _database.Time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return TransactionFate.Unknown;
            }
        }

        return TransactionFate.Unknown;
    }

    /// <summary>The connection goes back to its source; a broken one the driver closes.</summary>
    private async ValueTask ReleaseAsync()
    {
        if (_stage != Stage.Over)
        {
            _stage = Stage.Over;
            await _inner.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ReleaseLaterAsync()
    {
        await Task.Delay(LastStatement, _database.Time, CancellationToken.None).ConfigureAwait(false);
        try
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (XaDialect.IsOfDriver(e))
        {
            // It was broken already.
        }
    }

    internal static XaName NameOf(AtomicAction action, BranchId branch) => new(action.Id, branch, action.Manager);

    internal static XaName NameOf(BranchContext context, BranchId branch) =>
        new(context.Action, branch, context.Manager);
}
