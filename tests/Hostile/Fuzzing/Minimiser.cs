namespace Ccr.Hostile.Fuzzing;

/// <summary>Makes an input shorter as long as it fails in the same way.</summary>
internal static class Minimiser
{
    /// <summary>The shortest input found.</summary>
    /// <param name="octets">An input that fails.</param>
    /// <param name="fails">Does this one fail in the same way?</param>
    public static byte[] Shorten(byte[] octets, Func<byte[], bool> fails)
    {
        for (int size = int.Max(octets.Length / 2, 1); size > 0; size /= 2)
        {
            for (int at = 0; at + size <= octets.Length;)
            {
                byte[] shorter = [.. octets[..at], .. octets[(at + size)..]];
                if (fails(shorter))
                {
                    octets = shorter;
                }
                else
                {
                    at += size;
                }
            }
        }

        for (int at = 0; at < octets.Length; at++)
        {
            byte[] simpler = [.. octets];
            simpler[at] = 0;
            octets = fails(simpler) ? simpler : octets;
        }

        return octets;
    }
}
