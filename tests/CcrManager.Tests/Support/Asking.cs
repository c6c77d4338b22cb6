using Ccr.Protocol.Messages;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>What an operator asks, in one call.</summary>
internal static class Asking
{
    public static async Task<Status> StatusAsync(this ManagerFixture manager)
    {
        await using var session = await manager.SessionAsync(SessionRole.Operator);
        session.Say(new AskStatus(7));
        return await session.ExpectAsync<Status>();
    }

    public static async Task<Trace> TraceAsync(this ManagerFixture manager, Ccr.Protocol.Names.AtomicActionId action)
    {
        await using var session = await manager.SessionAsync(SessionRole.Operator);
        session.Say(new AskTrace(8, action));
        return await session.ExpectAsync<Trace>();
    }

    public static long Count(this Status status, string counter) =>
        status.Counters.Single(one => one.Name == counter).Value;
}
