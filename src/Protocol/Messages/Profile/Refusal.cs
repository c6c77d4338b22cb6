namespace Ccr.Protocol.Messages;

/// <summary>Why something was refused: a code for programs and a sentence for people.</summary>
public sealed record Refusal(RefusalCode Code, string Text);
