using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Resources.Databases;

/// <summary>Asks the manager as an operator does: what its log says, and what it is to resolve.</summary>
internal sealed class ManagerQuestions(string socket, TimeProvider time) : ISessionEvents, IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private ManagerSession? _session;

    /// <summary>Asks; the request is given its reference.</summary>
    /// <exception cref="CcrRefusedException">The manager refuses.</exception>
    /// <exception cref="IOException">It cannot be asked now.</exception>
    public async Task<TAnswer> AskAsync<TAnswer, TRequest>(Func<long, TRequest> request, CancellationToken cancel)
        where TAnswer : SessionMessage
        where TRequest : SessionMessage, IReferenceMessage
    {
        ManagerSession session = await SessionAsync(cancel).ConfigureAwait(false);
        try
        {
            return await session.RequestAsync(request(session.NextReference()), cancel).ConfigureAwait(false)
                as TAnswer ?? throw new IOException("The manager answered with something else.");
        }
        catch (SessionLostException e)
        {
            throw new IOException($"The session with the manager ended. {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
        {
            session.Close("The databases are stopping.");
            await session.DisposeAsync().ConfigureAwait(false);
        }

        _one.Dispose();
    }

    /// <inheritdoc/>
    void ISessionEvents.OnMessage(ManagerSession session, SessionMessage message)
    {
    }

    /// <inheritdoc/>
    void ISessionEvents.OnLost(ManagerSession session, string reason)
    {
    }

    private async Task<ManagerSession> SessionAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_session is not { IsLost: false })
            {
                _session = await ManagerSession.ConnectAsync(
                    socket, SessionRole.Operator, "databases", this, time, cancel).ConfigureAwait(false);
            }

            return _session;
        }
        finally
        {
            _one.Release();
        }
    }
}
