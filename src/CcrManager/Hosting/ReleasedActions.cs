using System.Collections.Concurrent;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>
/// Watches the orders that operators give about actions that are set aside (SEM-16): when the lane has carried one
/// out, the action is set aside no longer.
/// </summary>
internal sealed class ReleasedActions(HeldActions held, ILogger logger)
{
    private readonly ConcurrentDictionary<(long Session, long Reference), AtomicActionId> _ordered = new();

    /// <summary>An operator gives an order about an action.</summary>
    public void Ordered(SessionId session, SessionMessage message)
    {
        if (message is Resolve or ForgetDamage && ((IActionMessage)message).Action is { } action && held.Contains(action))
        {
            _ordered[(session.Value, ((IReferenceMessage)message).Reference)] = action;
        }
    }

    /// <summary>The order is carried out.</summary>
    public void Accomplished(SessionId session, long reference)
    {
        if (_ordered.TryRemove((session.Value, reference), out AtomicActionId? action))
        {
            // The file is forced: not on the lane's thread.
            ThreadPool.UnsafeQueueUserWorkItem(_ => Release(action), null);
        }
    }

    private void Release(AtomicActionId action)
    {
        try
        {
            held.Remove(action);
            ManagerLog.HeldReleased(logger, action.ToString());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ManagerLog.HeldNotSaved(logger, action.ToString(), failure.Message);
        }
    }
}
