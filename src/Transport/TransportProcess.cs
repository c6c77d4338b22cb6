namespace Ccr.Transport;

/// <summary>What a whole process may choose for the sake of its connections.</summary>
public static class TransportProcess
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// To be called first thing in a program, before any socket is used: sinks are then called by the thread that waits
    /// for the sockets, which saves a change of threads for each message received (half of a short round trip). Only
    /// where no sink and no continuation of a socket's task ever blocks. What the user has set in the environment
    /// stays; processes started from this one inherit the choice.
    /// </summary>
    public static void CallSinksInline()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }
    }
}
