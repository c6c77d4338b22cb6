using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager;

/// <summary>Which action an input is about: the one to be set aside when the core cannot go on (SEM-16).</summary>
internal static class InputSubject
{
    /// <summary>The action that the input names, else the one that the core was working on, else null.</summary>
    /// <param name="input">The input.</param>
    /// <param name="begun">What the core had already asked for when it gave up.</param>
    public static AtomicActionId? Of(Input input, IReadOnlyList<Output> begun)
    {
        AtomicActionId? named = input switch
        {
            TransOpenReceived open => open.Action,
            SessionReceived { Message: IActionMessage message } => message.Action,
            NodeReceived { Message: IActionMessage message } => message.Action,
            LinkReceived { Message: Data { Apdu: BeginRi begin } } => Of(begin.Owner, begin.ActionSuffix),
            LinkReceived { Message: Data { Apdu: RecoverRi recover } } => Of(recover.Owner, recover.ActionSuffix),
            LinkReceived { Message: Data { Apdu: RecoverRc recover } } => Of(recover.Owner, recover.ActionSuffix),
            _ => null,
        };
        for (int i = begun.Count - 1; i >= 0 && named is null; i--)
        {
            named = Of(begun[i]);
        }

        return named;
    }

    private static AtomicActionId? Of(PartyName owner, Suffix suffix) =>
        owner.Title is { } title ? new AtomicActionId(title, suffix) : null;

    private static AtomicActionId? Of(Output output) => output switch
    {
        Traced traced => traced.Action,
        SendToSession { Message: IActionMessage message } => message.Action,
        Append { Content: LogReady record } => record.Action,
        Append { Content: LogCommit record } => record.Action,
        Append { Content: LogDamage record } => record.Action,
        Append { Content: Heuristic record } => record.Action,
        Append { Content: Forget record } => record.Action,
        _ => null,
    };
}
