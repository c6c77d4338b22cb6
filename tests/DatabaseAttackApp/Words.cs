namespace Ccr.DatabaseAttackApp;

/// <summary>What is said to the test, a line at a time.</summary>
internal static class Words
{
    private static readonly Lock Line = new();

    internal static void Say(string text)
    {
        lock (Line)
        {
            Console.Out.WriteLine(text.ReplaceLineEndings(" "));
            Console.Out.Flush();
        }
    }
}
