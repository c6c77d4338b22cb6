using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <content>The action at its Servers: extended to them, and the requests that are on their way.</content>
public sealed partial class AtomicAction
{
    private int _requests;
    private CancellationTokenSource? _undone;

    /// <summary>Extends the action to one more Server.</summary>
    /// <exception cref="CcrRefusedException">It was not begun there.</exception>
    /// <exception cref="CcrManagerLostException">The session broke: the action is rolled back.</exception>
    public async Task<ServerPlace> TransOpenSubAsync(string server, CancellationToken cancellation = default)
    {
        using ActionRequest request = BeginRequest();
        Client.Known(this);
        TellTimeout();
        _extended = true;
        try
        {
            TransOpenSub message = new(_session.NextReference(), Id, Branch: null, server);
            SessionMessage answer = await RequestAsync(message, cancellation).ConfigureAwait(false);
            ServerPlace place = answer is TransOpenSubAck ack
                ? ack.Place
                : throw CcrClient.Unexpected(_session, answer);
            request.Answered();
            AddPlaces([place]);
            return place;
        }
        catch (CcrRefusedException)
        {
            request.Answered();
            throw;
        }
    }

    /// <summary>
    /// Extends the action to a Server, once, and returns what each request to it has to carry.
    /// </summary>
    /// <exception cref="CcrRefusedException">It was not begun there.</exception>
    /// <exception cref="CcrManagerLostException">The session broke: the action is rolled back.</exception>
    public async Task<RequestContext> RequestContextAsync(string server, CancellationToken cancellation = default)
    {
        ServerPlace? known;
        lock (_lock)
        {
            _places.TryGetValue(server, out known);
        }

        ServerPlace place = known ?? await TransOpenSubAsync(server, cancellation).ConfigureAwait(false);
        return new RequestContext(Id, place.Begun!.Branch, server, place.Begun.Incarnation);
    }

    /// <summary>
    /// Tells the action that a request is on its way to one of its Servers. TransClose waits for no request: it is
    /// refused while one is outstanding (SEM-8).
    /// </summary>
    /// <exception cref="CcrRefusedException">The action is rolled back already, or can only be.</exception>
    /// <exception cref="InvalidOperationException">The action is closed.</exception>
    public ActionRequest BeginRequest()
    {
        lock (_lock)
        {
            ThrowUnlessOpen();
            _requests++;
            return new ActionRequest(this);
        }
    }

    /// <summary>Cancelled when the action is rolled back: nobody needs an answer of its Servers any more.</summary>
    internal CancellationToken Undone
    {
        get
        {
            lock (_lock)
            {
                _undone ??= new CancellationTokenSource();
                if (_outcome is { IsCommitted: false })
                {
                    _undone.Cancel(); // nobody has its token yet, or it is cancelled already
                }

                return _undone.Token;
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void ThrowUnlessOpen()
    {
        if ((_outcome?.Refusal ?? _rollbackOnly) is Refusal refusal)
        {
            throw new CcrRefusedException(refusal);
        }

        if (_state != State.Open)
        {
            throw new InvalidOperationException($"The action {Id} is closed: open a new one for this request.");
        }
    }

    internal void AddPlaces(IEnumerable<ServerPlace> places)
    {
        Refusal? refused = null;
        lock (_lock)
        {
            foreach (ServerPlace place in places)
            {
                if (place.Refused is null)
                {
                    _places[place.Server] = place;
                }
                else
                {
                    refused ??= place.Refused;
                }
            }
        }

        if (refused is not null)
        {
            throw new CcrRefusedException(refused);
        }
    }

    internal void EndRequest(Refusal? unknown)
    {
        lock (_lock)
        {
            _requests--;
            _rollbackOnly ??= unknown;
        }
    }

    /// <summary>Under the lock; those who wait are told on other threads.</summary>
    private void TellUndone(CcrOutcome outcome)
    {
        if (!outcome.IsCommitted)
        {
            _ = _undone?.CancelAsync();
        }
    }
}
