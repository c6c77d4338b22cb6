using Ccr.Protocol.Messages;

namespace Ccr.Resources.Files.Store;

/// <summary>What the store answers to an order of the manager.</summary>
internal enum AnswerKind
{
    Begun,
    Ready,
    NoChange,
    Refused,
    Done,

    /// <summary>Nothing: the outcome is unknown here, and the process is about to stop.</summary>
    Silent,
}

/// <summary>An answer, with its outcome or its refusal.</summary>
internal sealed record BranchAnswer(
    AnswerKind Kind, DoneOutcome Outcome = default, string Text = "", Refusal? Refusal = null)
{
    internal static readonly BranchAnswer Begun = new(AnswerKind.Begun);
    internal static readonly BranchAnswer Ready = new(AnswerKind.Ready);
    internal static readonly BranchAnswer NoChange = new(AnswerKind.NoChange);
    internal static readonly BranchAnswer Silent = new(AnswerKind.Silent);
    internal static readonly BranchAnswer Committed = new(AnswerKind.Done, DoneOutcome.Committed);
    internal static readonly BranchAnswer RolledBack = new(AnswerKind.Done, DoneOutcome.RolledBack);

    internal static BranchAnswer Refused(Refusal refusal) => new(AnswerKind.Refused, Refusal: refusal);

    internal static BranchAnswer Refused(RefusalCode code, string text) => Refused(new Refusal(code, text));
}
