namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// The program was to be checkpointed or killed, and is no more. Whether it ended well is for the trial to say.
/// </summary>
internal sealed class EndedEarlyException() : Exception("The program has ended.");
