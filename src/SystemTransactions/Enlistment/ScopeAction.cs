using System.Transactions;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.SystemTransactions;

/// <summary>
/// The one delegate of a System.Transactions transaction: its atomic action. All is done in SinglePhaseCommit, which
/// the runtime calls when every volatile enlistment has prepared. No callback of the runtime throws, and an outcome
/// that is unknown is never answered: both would make drivers roll prepared branches back. In managed mode the callback
/// waits for the COMMIT of an only branch, as the thread that ends the scope does, and for nothing else.
/// </summary>
internal sealed class ScopeAction : IPromotableSinglePhaseNotification, IDisposable
{
    /// <summary>What we are called among promoter types; nobody else can join as durable then.</summary>
    public static readonly Guid PromoterType = new("c6b1f0a2-5f0e-4f57-9a54-36b1d85d9e01");

    private readonly CcrTransactions _owner;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private int _answered;
    private SinglePhaseEnlistment? _committing;
    private Committer? _committer;

    public ScopeAction(CcrTransactions owner, Transaction transaction, AtomicAction action)
    {
        _owner = owner;
        Transaction = transaction;
        Action = action;
    }

    /// <summary>A clone of our own: the scope disposes of its one.</summary>
    public Transaction Transaction { get; }

    /// <summary>The atomic action.</summary>
    public AtomicAction Action { get; }

    /// <summary>What assisted mode needs; null in managed mode.</summary>
    public AssistedWork? Assisted { get; private set; }

    /// <summary>Enlists: nobody durable may be there.</summary>
    public void Enlist()
    {
        if (!Transaction.EnlistPromotableSinglePhase(this, PromoterType))
        {
            throw new InvalidOperationException(Sentences.SomebodyDurable);
        }
    }

    /// <summary>The connection of one database, whose work is a branch of the action.</summary>
    public async ValueTask<XaConnection> OpenAsync(
        XaDatabase database, XaOpenOptions options, CancellationToken cancellation)
    {
        await _opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Action.OpenAsync(database, options, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CcrRefusedException or InvalidOperationException)
        {
            throw new TransactionAbortedException($"{database.Name}: {e.Message}", e);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>
    /// Names databases that stock drivers may work in; promotes at once, for the drivers read the name later.
    /// </summary>
    public void Assist(IReadOnlyList<XaDatabase> databases)
    {
        if (Assisted is { } already)
        {
            already.Name(databases);
            return;
        }

        if (Volatiles.Drivers(Transaction) is { All: > 0 })
        {
            throw new InvalidOperationException(Sentences.AssistBeforeOpen);
        }

        Assisted = new AssistedWork(_owner, this);
        Assisted.Name(databases);
        Transaction.EnlistVolatile(new PhaseOne(this, _owner.Options), EnlistmentOptions.None);
        Transaction.GetPromotedToken();
    }

    /// <inheritdoc/>
    void IPromotableSinglePhaseNotification.Initialize()
    {
        // The action is open already: its identifier was leased.
    }

    /// <inheritdoc/>
    byte[] ITransactionPromoter.Promote()
    {
        if (Assisted is null)
        {
            throw new TransactionPromotionException(Sentences.NoSecondDurable);
        }

        Transaction.SetDistributedTransactionIdentifier(this, AssistedName.For(Action.Manager, Action.Id));
        return System.Text.Encoding.UTF8.GetBytes(Action.Id.ToString());
    }

    /// <inheritdoc/>
    void IPromotableSinglePhaseNotification.SinglePhaseCommit(SinglePhaseEnlistment singlePhaseEnlistment)
    {
        _committing = singlePhaseEnlistment;
        if (Assisted is null)
        {
            _ = CommitAsync();
        }
        else
        {
            _committer = new Committer();
            _committer.Wait(CommitAsync());
        }
    }

    /// <inheritdoc/>
    void IPromotableSinglePhaseNotification.Rollback(SinglePhaseEnlistment singlePhaseEnlistment) =>
        _ = RollbackAsync(singlePhaseEnlistment, isAbrupt: !AbruptEnd.IsEndOfScope(Transaction));

    /// <summary>
    /// Tells the runtime that it committed; when this ends, stock drivers have had their second phase.
    /// </summary>
    public Task AnswerCommittedAsync() => AnswerAsync(static e => e.Committed());

    /// <summary>Tells the runtime that it rolled back, and why.</summary>
    public Task AnswerAbortedAsync(string why) => AnswerAsync(e => e.Aborted(new TransactionAbortedException(why)));

    /// <summary>Once: who comes later finds it answered.</summary>
    private Task AnswerAsync(Action<SinglePhaseEnlistment> answer)
    {
        if (_committing is not { } enlistment || Interlocked.Exchange(ref _answered, 1) != 0)
        {
            return _committer?.Told ?? Task.CompletedTask;
        }

        if (_committer is { } committer)
        {
            return committer.TellAsync(() => Guarded(() => answer(enlistment)));
        }

        Guarded(() => answer(enlistment));
        return Task.CompletedTask;
    }

    private async Task CommitAsync()
    {
        try
        {
            if (WhyNot() is { } refused)
            {
                await Action.RollbackAsync().ConfigureAwait(false);
                await AnswerAbortedAsync(refused).ConfigureAwait(false);
                return;
            }

            CcrOutcome outcome = await Action.TransCloseAsync(
                Assisted is null ? _owner.Options.Answer : CloseAnswer.Done).ConfigureAwait(false);
            await AnswerAsync(outcome).ConfigureAwait(false);
        }
        catch (CcrOutcomeUnknownException e) when (e.Database is not null)
        {
            // Nothing is prepared anywhere; only the database could tell, and it did not (SEM-5).
            _owner.Log(e.Message);
            await AnswerAsync(i => i.InDoubt(e)).ConfigureAwait(false);
        }
        catch (CcrOutcomeUnknownException e)
        {
            await AskAsync(e).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // TransClose was refused, or not sent: the action is open, and nothing was decided.
            await UndoAsync(e.Message).ConfigureAwait(false);
        }
        finally
        {
            Dispose();
        }
    }

    private Task AnswerAsync(CcrOutcome outcome)
    {
        if (outcome.Damages.Count > 0)
        {
            _owner.Report(Action.Id, outcome);
            if (outcome.IsCommitted && _owner.Options.ThrowOnDamage && Assisted is null)
            {
                CcrDamageException damage = new(Sentences.Damage(Action.Id, outcome), outcome.Damages);
                return AnswerAsync(e => e.InDoubt(damage));
            }
        }

        return outcome.IsCommitted ? AnswerCommittedAsync() : AnswerAbortedAsync(outcome.Refusal!.Text);
    }

    /// <summary>What can be seen before anything is asked for: drivers that nobody could recover.</summary>
    private string? WhyNot()
    {
        DriverCount? drivers = Volatiles.Drivers(Transaction);
        return Assisted is null
            ? drivers is { All: > 0 } ? Sentences.DriverWithoutAssist : null
            : drivers is { Others.Count: > 0 } ? Sentences.UnknownDriver(drivers.Value.Others[0]) : null;
    }

    /// <summary>Commitment was asked for and the manager is lost: the enlistment stays open until it is told.</summary>
    private async Task AskAsync(CcrOutcomeUnknownException unknown)
    {
        CcrOutcomeQuestion question = new(_owner, Action.Id);
        if (await question.AskAsync(unknown.Message).ConfigureAwait(false) is { } outcome)
        {
            await (outcome ? AnswerCommittedAsync() : AnswerAbortedAsync($"The manager rolled {Action.Id} back."))
                .ConfigureAwait(false);
        }
    }

    private async Task UndoAsync(string why)
    {
        try
        {
            await Action.RollbackAsync().ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            why = $"{why} {e.Message}";
        }

        await AnswerAbortedAsync(why).ConfigureAwait(false);
    }

    private async Task RollbackAsync(SinglePhaseEnlistment enlistment, bool isAbrupt)
    {
        try
        {
            if (isAbrupt)
            {
                await AbruptEnd.EndAsync(Action, _owner.Databases, _owner.Log).ConfigureAwait(false);
            }

            await Action.RollbackAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            _owner.Log($"{Action.Id} could not be rolled back here; the manager does it. {e.Message}");
        }
        finally
        {
            Guarded(enlistment.Aborted);
            Dispose();
        }
    }

    /// <summary>
    /// Runs foreign code: volatile enlistments and handlers of TransactionCompleted are called from within.
    /// </summary>
    private void Guarded(System.Action answer)
    {
        try
        {
            answer();
        }
        catch (Exception e)
        {
            _owner.Log($"A participant of {Action.Id} failed when it was told the outcome. {e.Message}");
        }
    }

    /// <summary>It is over. Somebody may just be opening a connection: what he waits with needs no disposal.</summary>
    public void Dispose()
    {
        _owner.Ended(this);
        Transaction.Dispose();
    }
}
