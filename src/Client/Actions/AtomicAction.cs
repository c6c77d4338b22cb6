using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// One atomic action, opened by <see cref="CcrClient.TransOpenAsync"/>. Everything done in it at any Server is done
/// after <see cref="TransCloseAsync"/> said committed, and undone otherwise. Disposed of before, it is rolled back.
/// </summary>
public sealed partial class AtomicAction : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ManagerSession _session;
    private readonly Dictionary<string, ServerPlace> _places = new(StringComparer.Ordinal);
    private State _state;
    private bool _extended;
    private long _endingReference;
    private Refusal? _rollbackOnly;
    private CcrOutcome? _outcome;

    internal AtomicAction(CcrClient client, ManagerSession session, AtomicActionId id)
    {
        Client = client;
        _session = session;
        Id = id;
    }

    private enum State
    {
        Open,
        Closing,
        Ended,
    }

    /// <summary>The Client that opened it.</summary>
    public CcrClient Client { get; }

    /// <summary>Its name, the same at every node and in every log.</summary>
    public AtomicActionId Id { get; }

    /// <summary>
    /// Where its Servers are: for resource libraries, which carry the updates there. Users name Servers only.
    /// </summary>
    public IReadOnlyDictionary<string, ServerPlace> Places
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, ServerPlace>(_places, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>Why the action can only end rolled back, or is so already; null while it may still commit.</summary>
    public Refusal? RolledBackBecause
    {
        get
        {
            lock (_lock)
            {
                return _outcome?.Refusal ?? _rollbackOnly;
            }
        }
    }

    /// <summary>The place of one Server of this action.</summary>
    /// <exception cref="InvalidOperationException">The action was not extended to that Server.</exception>
    public ServerPlace PlaceOf(string server)
    {
        lock (_lock)
        {
            return _places.TryGetValue(server, out ServerPlace? place)
                ? place
                : throw new InvalidOperationException(
                    $"The action {Id} has no branch at '{server}': name it in TransOpenAsync or TransOpenSubAsync.");
        }
    }

    /// <summary>
    /// Ends the action: asks for commitment and waits for the outcome. If the session breaks after this was sent, the
    /// library reconnects and asks what became of it until it is told (never again for the commitment itself, SEM-15).
    /// </summary>
    /// <param name="answer">
    /// Done: every branch has confirmed. Decided: the decision is durable (SEM-2); branches end afterwards, so that
    /// what they changed is seen a little later, and damage is in the manager's log alone.
    /// </param>
    /// <param name="cancellation">Ends the wait, not the commitment: the outcome is unknown then.</param>
    /// <exception cref="InvalidOperationException">Requests are outstanding, or it was closed before.</exception>
    /// <exception cref="CcrRefusedException">The manager would not take it; the action is still open.</exception>
    /// <exception cref="CcrOutcomeUnknownException">It may be committed or not: ask again.</exception>
    public async Task<CcrOutcome> TransCloseAsync(
        CloseAnswer answer = CloseAnswer.Done, CancellationToken cancellation = default)
    {
        long reference = _session.NextReference();
        if (StartClosing(reference) is CcrOutcome known)
        {
            return End(await EndOwnAsync(known).ConfigureAwait(false));
        }

        try
        {
            CcrOutcome? undecided = await PrepareOwnAsync(cancellation).ConfigureAwait(false);
            return End(undecided ?? await DecideAsync(reference, answer, cancellation).ConfigureAwait(false));
        }
        catch (CcrOutcomeUnknownException)
        {
            await (_application?.AbandonAsync() ?? Task.CompletedTask).ConfigureAwait(false);
            Client.Left(Id);
            throw;
        }
    }

    /// <summary>
    /// Asks for the decision, and carries it out at the application's own branches. The manager answers those at once:
    /// it waits for their ends itself, and a Client that wants all other branches confirmed too asks a second time.
    /// </summary>
    private async Task<CcrOutcome> DecideAsync(long reference, CloseAnswer answer, CancellationToken cancellation)
    {
        if (_application is not { HasReady: true })
        {
            return await CloseAsync(reference, answer, cancellation).ConfigureAwait(false);
        }

        CcrOutcome decided = await CloseAsync(reference, CloseAnswer.Decided, cancellation).ConfigureAwait(false);
        if (answer == CloseAnswer.Decided && decided.IsCommitted)
        {
            _endsLater = true;
            _ = EndOwnLaterAsync(decided);
            return decided;
        }

        CcrOutcome ended = await EndOwnAsync(decided).ConfigureAwait(false);
        if (!ended.IsCommitted || !_extended || _session.IsLost)
        {
            return ended;
        }

        CcrOutcome all = await CloseAsync(_session.NextReference(), answer, cancellation).ConfigureAwait(false);
        return ended.Damages.Count == 0 ? all : ended; // the manager counts what it was told by Done among its own
    }

    /// <summary>Undoes everything that was done in the action. Called again, it does nothing.</summary>
    /// <exception cref="InvalidOperationException">TransClose was called: the outcome is the manager's.</exception>
    public async Task<CcrOutcome> RollbackAsync(CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            if (_outcome is { IsCommitted: true } || (_outcome is not null && _state == State.Ended))
            {
                return !_outcome.IsCommitted ? _outcome : throw new InvalidOperationException(
                    $"The action {Id} is committed and cannot be rolled back.");
            }

            if (_state != State.Open)
            {
                throw new InvalidOperationException($"TransClose was called for {Id}: it cannot be rolled back now.");
            }

            _state = State.Closing;
        }

        return End(await UndoAsync(cancellation).ConfigureAwait(false));
    }

    private async Task<CcrOutcome> UndoAsync(CancellationToken cancellation)
    {
        if (_application is { All.Count: > 0 })
        {
            return await UndoOwnAsync(Asked).ConfigureAwait(false);
        }

        return IsUnknown
            ? CcrOutcome.RolledBack(Known()?.Refusal ?? Asked)
            : await SendRollbackAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Rolls the action back, unless TransClose or Rollback was called.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_state != State.Open)
            {
                return;
            }

            _state = State.Closing;
        }

        End(await UndoAsync(CancellationToken.None).ConfigureAwait(false));
    }

    private Refusal Asked => new(RefusalCode.Asked, $"The rollback of {Id} was asked for.");

    /// <summary>The manager rolled the action back unasked, on the receiving thread.</summary>
    internal void OnRolledBack(RolledBack message)
    {
        long reference;
        lock (_lock)
        {
            reference = _endingReference;
        }

        if (reference == 0 || !_session.TryAnswer(reference, message))
        {
            EndUnasked(CcrOutcome.RolledBack(message.Refusal, message.Damages), State.Closing);
        }
    }

    /// <summary>The session broke: an action that is not closing is rolled back by the manager (SEM-9).</summary>
    internal void OnSessionLost(ManagerSession session, string reason)
    {
        if (session == _session)
        {
            EndUnasked(CcrOutcome.RolledBack(BrokeBefore(reason)), State.Open);
        }
    }

    private static Refusal BrokeBefore(string reason) => new(
        RefusalCode.AssociationLost,
        $"The session with the manager broke before commitment was asked for, so the action is rolled back. {reason}");

    /// <summary>Enters the closing state; the outcome when it is known already.</summary>
    private CcrOutcome? StartClosing(long reference)
    {
        lock (_lock)
        {
            if (_requests > 0)
            {
                throw new InvalidOperationException(
                    $"{_requests} requests of {Id} are not answered yet: await them before TransClose (SEM-8).");
            }

            if (_outcome is { IsCommitted: false })
            {
                _state = State.Ended;
                return _outcome;
            }

            if (_state != State.Open)
            {
                throw new InvalidOperationException($"The action {Id} is closed already.");
            }

            _state = State.Closing;
            _endingReference = reference;
            return null;
        }
    }

    private async Task<CcrOutcome> CloseAsync(long reference, CloseAnswer answer, CancellationToken cancellation)
    {
        if (_rollbackOnly is Refusal refusal)
        {
            CcrOutcome undone = await SendRollbackAsync(cancellation).ConfigureAwait(false);
            return CcrOutcome.RolledBack(refusal, undone.Damages);
        }

        if (_session.IsLost)
        {
            return CcrOutcome.RolledBack(BrokeBefore(_session.LostReason)); // TransClose is not sent
        }

        try
        {
            TransClose message = new(reference, Id, answer);
            SessionMessage said = await Client.RequestAsync(_session, message, cancellation).ConfigureAwait(false);
            switch (said)
            {
                case DoneCommit done:
                    return CcrOutcome.Committed(done.Damages);
                case RolledBack rolledBack:
                    // What it was told first says why; an answer to an Enlist that crossed it only says that it is
                    // over.
                    return CcrOutcome.RolledBack(Known()?.Refusal ?? rolledBack.Refusal, rolledBack.Damages);
                default:
                    throw new SessionLostException(CcrClient.Unexpected(_session, said).Message);
            }
        }
        catch (SessionLostException)
        {
            return Known() ?? await Client.AskUntilToldAsync(Id, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new CcrOutcomeUnknownException(
                Id, $"The wait for the outcome of {Id} was cancelled after commitment had been asked for.", e);
        }
        catch (CcrRefusedException e)
        {
            return await RefusedCloseAsync(e, cancellation).ConfigureAwait(false);
        }
    }

    private CcrOutcome? Known()
    {
        lock (_lock)
        {
            return _outcome;
        }
    }

    private CcrOutcome End(CcrOutcome outcome)
    {
        lock (_lock)
        {
            _outcome = outcome;
            _state = State.Ended;
            TellUndone(outcome);
        }

        if (!_endsLater)
        {
            Leave();
        }

        return outcome;
    }

    /// <summary>The user knows the outcome, and nothing is left to do here.</summary>
    private void Leave()
    {
        Client.Ended(Id, isKnown: !IsUnknown);
        _lease?.GiveBack();
    }

    /// <summary>Keeps an outcome that came unasked; the user learns it from the next call.</summary>
    private void EndUnasked(CcrOutcome outcome, State latest)
    {
        lock (_lock)
        {
            if (_state <= latest)
            {
                _outcome ??= outcome;
                TellUndone(outcome);
            }
        }
    }

    private async Task<CcrOutcome> SendRollbackAsync(CancellationToken cancellation)
    {
        Refusal asked = Asked;
        CcrOutcome? known = Known();
        if (known is not null || _session.IsLost)
        {
            return known ?? CcrOutcome.RolledBack(asked);
        }

        try
        {
            TransRollback message = new(_session.NextReference(), Id);
            lock (_lock)
            {
                _endingReference = message.Reference;
            }

            SessionMessage said = await Client.RequestAsync(_session, message, cancellation).ConfigureAwait(false);
            return said is RolledBack done ? CcrOutcome.RolledBack(asked, done.Damages) : CcrOutcome.RolledBack(asked);
        }
        catch (Exception e) when (e is SessionLostException or CcrRefusedException)
        {
            return CcrOutcome.RolledBack(asked); // no TransClose was sent: without a session it is rolled back
        }
    }

    private async Task<SessionMessage> RequestAsync<TRequest>(TRequest request, CancellationToken cancellation)
        where TRequest : SessionMessage, IReferenceMessage
    {
        try
        {
            return await Client.RequestAsync(_session, request, cancellation).ConfigureAwait(false);
        }
        catch (SessionLostException e)
        {
            throw new CcrManagerLostException(BrokeBefore(e.Message).Text, e);
        }
    }

    /// <summary>TransClose was refused: what that says about the outcome (SEM-1).</summary>
    private async Task<CcrOutcome> RefusedCloseAsync(CcrRefusedException e, CancellationToken cancellation)
    {
        switch (e.Refusal.Code)
        {
            case RefusalCode.UnknownAction:
                return Known() ?? CcrOutcome.RolledBack(e.Refusal); // no record: final
            case RefusalCode.OutcomeForgotten:
                throw new CcrOutcomeUnknownException(Id, e.Refusal.Text, e);
            case RefusalCode.WrongState or RefusalCode.NotPermitted or RefusalCode.ProtocolError
                or RefusalCode.Limit or RefusalCode.LogFull:
                lock (_lock)
                {
                    _state = State.Open;
                    _endingReference = 0;
                }

                throw e;
            default:
                return await Client.AskUntilToldAsync(Id, cancellation).ConfigureAwait(false);
        }
    }
}
