using Ccr.Protocol.Messages;

namespace Ccr.Simulation;

/// <summary>An operator who says one thing to a manager, and leaves.</summary>
internal sealed class SimOperator : SessionUser
{
    private readonly Func<long, SessionMessage> _order;
    private readonly Action<bool> _ended;
    private bool _leaving;

    internal SimOperator(SimNode node, Func<long, SessionMessage> order, Action<bool> ended)
        : base(node, node.Name + ".op", SessionRole.Operator)
    {
        _order = order;
        _ended = ended;
        In(5_000_000, () => End(false));
        Connect();
    }

    private protected override bool WantsSession => !_leaving;

    private protected override void Connected(ManagerIdentityOf manager) => Send(_order(NextReference()));

    private protected override void Received(SessionMessage message) => End(message is Accomplished);

    private protected override void Lost() => End(false);

    private void End(bool accomplished)
    {
        if (!_leaving)
        {
            _leaving = true;
            _ended(accomplished);
            Leave();
        }
    }
}
