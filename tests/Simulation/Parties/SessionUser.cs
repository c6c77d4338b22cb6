using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Simulation;

/// <summary>A program that keeps a session with its node's manager, and comes back when that is lost.</summary>
internal abstract class SessionUser(SimNode node, string name, SessionRole role)
    : SimProcess(node.World, node, name), IEndUser
{
    private long _lastReference;

    /// <summary>The session, once its hellos are exchanged.</summary>
    private protected SimEnd? Session { get; private set; }

    private protected long NextReference() => ++_lastReference;

    private protected virtual string? Address => null;

    private protected void Connect()
    {
        if (!IsAlive || Session is not null)
        {
            return;
        }

        World.Net.Dial(
            this, Node.SessionAddress, this,
            end =>
            {
                end.Send(new Hello(1, role, Name, Address));
                end.Flush();
            },
            _ => NotConnected());
    }

    private protected void Send(SessionMessage message)
    {
        if (Session is { IsClosed: false } session)
        {
            session.Send(message);
            session.Flush();
        }
    }

    /// <summary>It breaks off by itself.</summary>
    private protected void Leave()
    {
        SimEnd? session = Session;
        Session = null;
        session?.Close("It has left.");
    }

    /// <summary>False when it has left for good.</summary>
    private protected virtual bool WantsSession => true;

    private protected abstract void Connected(ManagerIdentityOf manager);

    private protected abstract void Received(SessionMessage message);

    /// <summary>The session is gone.</summary>
    private protected abstract void Lost();

    /// <summary>Nobody answered.</summary>
    private protected virtual void NotConnected() => In(World.Timing.Between(20_000, 400_000), Connect);

    public void OnFrame(SimEnd end, ReadOnlySpan<byte> frame)
    {
        World.Transcript.Mix(frame);
        SessionMessage message = SessionMessage.Decode(frame, out BerStatus status)
            ?? throw new SimulationException($"WIRE: A frame of a session cannot be read back: {status}");
        if (message is Welcome welcome)
        {
            Session = end;
            Connected(new ManagerIdentityOf(welcome.Identity));
        }
        else if (ReferenceEquals(Session, end))
        {
            Received(message);
        }
    }

    public void OnBatchEnd(SimEnd end)
    {
        // Every answer is flushed where it is made.
    }

    public void OnClosed(SimEnd end, string reason)
    {
        if (ReferenceEquals(Session, end))
        {
            Session = null;
            Lost();
        }
        else if (Session is null && WantsSession)
        {
            NotConnected();
        }
    }

    private protected override void Died(bool machineStops) => Session = null;
}

/// <summary>To whom a session speaks.</summary>
internal readonly record struct ManagerIdentityOf(Protocol.Names.ManagerIdentity Identity);
